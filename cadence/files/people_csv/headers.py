"""The headers by which directories and hand-made lists name the facts we read, in the languages of HR systems.

Fact -> language -> headers with "|" between them, the best first; case, accents, spaces and signs do not
count. What is done with them: ``columns.py``; columns that are never read: ``private_columns.py``.
"""

from __future__ import annotations

from cadence.files.people_csv.folding import fold, fold_words

HEADERS: dict[str, dict[str, str]] = {
    "email": {
        "en": "email|mail|e-mail address|work email|work email address|primary email|primary work email|email - work"
        "|email - primary work|email work|company email|corporate email|business email|business email address|official email"
        "|office email|user email|employee email|worker email|internet e-mail|email id|emails.0.address|primary email address"
        "|work contact: work email|user principal name|upn|login|username|user name|login name|sign-in name",
        "de": "e-mail-adresse|mailadresse|geschäftliche e-mail|geschäftliche e-mail-adresse|dienstliche e-mail"
        "|dienstliche e-mail-adresse|e-mail geschäftlich|e-mail (geschäftlich)|e-mail dienstlich|firmen-e-mail|arbeits-e-mail"
        "|benutzerprinzipalname|benutzername",
        "fr": "courriel|adresse e-mail|adresse email|adresse mail|adresse courriel|adresse électronique|email professionnel"
        "|e-mail professionnel|mail professionnel|courriel professionnel|adresse e-mail professionnelle|messagerie|identifiant",
        "es": "correo|correo electrónico|correo-e|dirección de correo|dirección de correo electrónico|correo corporativo|correo laboral"
        "|correo del trabajo|correo electrónico del trabajo|correo electrónico corporativo|correo empresarial|email corporativo"
        "|correo de trabajo|usuario|nombre de usuario",
        "pt": "correio eletrónico|correio eletrônico|correio electrónico|endereço de e-mail|endereço de email|endereço eletrônico"
        "|e-mail corporativo|email corporativo|e-mail profissional|email profissional|e-mail comercial|e-mail de trabalho"
        "|e-mail institucional|usuário|nome de usuário",
        "nl": "e-mailadres|mailadres|zakelijk e-mailadres|zakelijke e-mail|werk e-mail|werk e-mailadres|e-mail werk|e-mail zakelijk"
        "|gebruikersnaam",
        "it": "posta elettronica|indirizzo e-mail|indirizzo email|indirizzo di posta elettronica|email aziendale|e-mail aziendale"
        "|email di lavoro|e-mail di lavoro|mail aziendale|indirizzo mail|nome utente",
        "pl": "adres e-mail|adres email|adres mailowy|e-mail służbowy|email służbowy|służbowy e-mail|poczta elektroniczna|poczta"
        "|służbowy adres e-mail|nazwa użytkownika",
        "sv": "e-postadress|e-post|epost|mejl|mejladress|e-post arbete|arbetsmejl|e-post (arbete)|användarnamn",
        "da": "e-mailadresse|mailadresse|arbejdsmail|arbejds-e-mail|e-mail (arbejde)|brugernavn",
        "no": "e-postadresse|jobb-e-post|e-post jobb|e-post arbeid|arbeids-e-post|brukernavn",
        "fi": "sähköposti|sähköpostiosoite|työsähköposti|käyttäjätunnus",
        "cs": "e-mailová adresa|pracovní e-mail|pracovní email|firemní e-mail",
        "tr": "e-posta|eposta|e-posta adresi|iş e-postası|kurumsal e-posta",
        "ru": "электронная почта|эл. почта|почта|адрес электронной почты|рабочая почта|имейл",
        "ja": "メール|メールアドレス|電子メール|電子メールアドレス|eメール|eメールアドレス|会社メール|会社メールアドレス"
        "|社用メールアドレス|業務用メールアドレス|勤務先メールアドレス|ユーザープリンシパル名",
        "zh": "邮箱|电子邮箱|电子邮件|邮件|邮箱地址|邮件地址|电子邮件地址|工作邮箱|公司邮箱|企业邮箱|办公邮箱|電子郵件|電郵|電子信箱"
        "|信箱|公司信箱",
        "ko": "이메일|이메일주소|전자메일|메일|메일주소|회사이메일|업무이메일",
    },
    "name": {
        "en": "preferred full name|name|full name|employee name|display name|worker|worker name|real name|associate name|associate"
        "|employee|person|person name|staff name|user display name|member name|common name|cn|name.fullname|legal name"
        "|full legal name|legal full name|employee full name|contact name",
        "de": "anzeigename|vollständiger name|vor- und nachname|voller name|mitarbeitername|mitarbeiter|mitarbeiterin|mitarbeitende"
        "|mitarbeitender",
        "fr": "nom complet|nom d'affichage|nom affiché|prénom nom|prénom et nom|nom du salarié|nom de l'employé|salarié|employé"
        "|collaborateur",
        "es": "nombre completo|nombre y apellidos|nombre y apellido|nombre para mostrar|nombres y apellidos|nombre del empleado"
        "|empleado|colaborador|trabajador",
        "pt": "nome completo|nome de exibição|nome do funcionário|nome do colaborador|nome do empregado|colaborador|funcionário"
        "|nome e sobrenome|nome social",
        "nl": "naam|volledige naam|weergavenaam|medewerker|naam medewerker|werknemer|voor- en achternaam",
        "it": "nome completo|nome e cognome|nome visualizzato|nominativo|dipendente|nome dipendente|collaboratore",
        "pl": "imię i nazwisko|pełna nazwa|nazwa wyświetlana|pracownik|pełne imię i nazwisko",
        "sv": "namn|fullständigt namn|visningsnamn|hela namnet|för- och efternamn|medarbetare|anställd",
        "da": "navn|fulde navn|fuldt navn|vist navn|visningsnavn|medarbejder|medarbejdernavn",
        "no": "navn|fullt navn|visningsnavn|ansatt|ansattnavn|medarbeider",
        "fi": "nimi|koko nimi|näyttönimi|työntekijä|henkilö",
        "cs": "celé jméno|jméno a příjmení|zobrazované jméno|zaměstnanec",
        "tr": "ad soyad|adı soyadı|tam ad|tam adı|görünen ad|çalışan",
        "ru": "фио|ф.и.о.|полное имя|имя и фамилия|отображаемое имя|сотрудник",
        "ja": "氏名|名前|お名前|表示名|フルネーム|社員名|従業員名|姓名|ユーザー名",
        "zh": "姓名|名字全称|员工姓名|全名|显示名称|显示名|員工姓名|顯示名稱",
        "ko": "이름|성명|직원명|사원명|표시이름|전체이름",
    },
    #: the family name stands first, with or without a comma
    "last_first": {
        "en": "last name, first name|last, first|name (last, first)|name (last, first middle)|last name first name|lastname firstname"
        "|surname, first name|surname, forename|surname, given name|family name, given name|payroll name|sort name|last first"
        "|reverse name",
        "de": "nachname, vorname|name, vorname|familienname, vorname|name vorname",
        "fr": "nom, prénom|nom prénom|nom et prénom|nom prénoms|nom & prénom|noms et prénoms|nom de famille, prénom",
        "es": "apellidos, nombre|apellidos y nombre|apellidos y nombres|apellido, nombre|apellido y nombre|apellidos nombre",
        "pt": "sobrenome, nome|apelido, nome|sobrenome nome",
        "nl": "achternaam, voornaam|naam, voornaam|achternaam voornaam",
        "it": "cognome, nome|cognome e nome|cognome nome",
        "pl": "nazwisko, imię|nazwisko i imię|nazwisko imię",
        "sv": "efternamn, förnamn|efternamn förnamn",
        "da": "efternavn, fornavn|efternavn fornavn",
        "no": "etternavn, fornavn|etternavn fornavn",
        "fi": "sukunimi, etunimi|sukunimi etunimi|sukunimi ja etunimi",
        "cs": "příjmení, jméno|příjmení a jméno|příjmení jméno",
        "ru": "фамилия, имя|фамилия имя|фамилия и имя|фамилия имя отчество",
    },
    "first_name": {
        "en": "first name|given name|given names|forename|forenames|legal first name|name.givenname|fname|christian name|first",
        "de": "vorname|vornamen|rufname und vorname",
        "fr": "prénom|prénoms|prénom légal",
        "es": "nombre|nombres|nombre de pila|primer nombre",
        "pt": "primeiro nome|nome próprio|nome",
        "nl": "voornaam|voornamen",
        "it": "nome",
        "pl": "imię|imiona|pierwsze imię",
        "sv": "förnamn|tilltalsnamn",
        "da": "fornavn|fornavne",
        "no": "fornavn",
        "fi": "etunimi|etunimet",
        "cs": "jméno|křestní jméno",
        "tr": "ad|adı|isim",
        "ru": "имя",
        "ja": "名|名（名）|下の名前|名前（名）",
        "zh": "名|名字",
        "ko": "이름(명)|명",
    },
    "preferred_name": {
        "en": "preferred name|preferred first name|preferred or chosen first name|chosen name|chosen first name|known as|goes by"
        "|nickname|nick name|preferred|commonly known as|name preferred",
        "de": "rufname|bevorzugter name|bevorzugter vorname|spitzname",
        "fr": "nom d'usage complet|prénom d'usage|prénom usuel|nom préféré|prénom préféré|surnom",
        "es": "nombre preferido|nombre de preferencia|apodo|nombre social",
        "pt": "nome preferido|nome preferencial|nome de preferência|apelido preferido",
        "nl": "roepnaam|voorkeursnaam",
        "it": "nome preferito|nome d'uso|soprannome",
        "pl": "preferowane imię|imię preferowane",
        "sv": "önskat namn|smeknamn",
        "da": "kaldenavn|foretrukket navn",
        "no": "foretrukket navn|kallenavn",
        "fi": "kutsumanimi",
        "ja": "通称|通称名|呼称|ビジネスネーム|希望名",
        "zh": "常用名|首选名称|花名|昵称|英文名",
        "ko": "선호이름|닉네임|별명",
    },
    "last_name": {
        "en": "last name|surname|family name|sn|legal last name|name.familyname|lname|second name|preferred last name|last",
        "de": "nachname|familienname|zuname",
        "fr": "nom|nom de famille|nom d'usage|nom usuel|nom patronymique",
        "es": "apellido|apellidos|primer apellido",
        "pt": "sobrenome|apelido|último nome|nome de família",
        "nl": "achternaam|familienaam",
        "it": "cognome",
        "pl": "nazwisko",
        "sv": "efternamn",
        "da": "efternavn",
        "no": "etternavn",
        "fi": "sukunimi",
        "cs": "příjmení",
        "tr": "soyad|soyadı|soyisim",
        "ru": "фамилия",
        "ja": "姓|苗字|姓（氏）",
        "zh": "姓|姓氏",
        "ko": "성|성씨",
    },
    "slack_user_id": {
        "en": "slack user id|slack id|slack member id|slack userid|slack|member id|user id",
    },
    "employee_id": {
        "en": "employee id|employee number|employee no|employee no.|employee #|employee code|emp id|emp no|empid|emp #|worker id"
        "|worker number|personnel number|personnel id|personnel no|staff id|staff number|staff no|associate id|payroll id"
        "|payroll number|file number|person id external|person number|external ids.0.value|hris id|bamboohr #|personio id|hibob id"
        "|workday id|global id|badge number",
        "de": "personalnummer|personal-nr.|personal-nr|personalnr|pers.-nr.|persnr|mitarbeiternummer|mitarbeiter-nr.|mitarbeiter-id"
        "|mitarbeiternr|mitarbeiter id|personal-id",
        "fr": "matricule|numéro de matricule|numéro d'employé|numéro employé|numéro de salarié|id employé|identifiant salarié"
        "|n° employé|n° matricule|n° salarié|code salarié",
        "es": "número de empleado|nº de empleado|n.º de empleado|no. de empleado|id de empleado|código de empleado|número de nómina"
        "|legajo|nº empleado|id empleado|clave de empleado|num empleado",
        "pt": "matrícula|número de matrícula|número do funcionário|número de funcionário|nº de funcionário|id do funcionário"
        "|nº mecanográfico|código do funcionário|id do colaborador|número de colaborador|registro",
        "nl": "personeelsnummer|personeelsnr|medewerkernummer|medewerker-id|werknemersnummer|medewerkersnummer|personeels-id",
        "it": "matricola|numero di matricola|codice dipendente|id dipendente|numero dipendente|numero matricola",
        "pl": "numer pracownika|nr pracownika|numer ewidencyjny|nr ewidencyjny|id pracownika|numer kadrowy|kod pracownika",
        "sv": "anställningsnummer|anställningsnr|anst.nr|anställnings-id|medarbetarnummer|anställd-id",
        "da": "medarbejdernummer|medarbejdernr|medarbejder-id|lønnummer|ansattnummer",
        "no": "ansattnummer|ansattnr|ansatt-id|medarbeidernummer|ansatt nr",
        "fi": "henkilönumero|työntekijänumero|henkilöstönumero|työntekijän tunnus",
        "cs": "osobní číslo|číslo zaměstnance",
        "tr": "sicil no|sicil numarası|personel no|çalışan no",
        "ru": "табельный номер|таб. номер|табельный №|номер сотрудника",
        "ja": "社員番号|従業員番号|社員id|従業員id|社員コード|従業員コード|職員番号|社員no|社員no.",
        "zh": "工号|员工编号|员工号|员工工号|职工号|员工id|人员编号|員工編號|工號|員工代號",
        "ko": "사번|사원번호|직원번호|직번",
    },
    "zone": {
        "en": "time zone|timezone|tz|zone|zoneinfo|iana|iana timezone|iana time zone|work time zone|time zone id|timezone id"
        "|timezone name|local time zone|timezonesidkey",
        "de": "zeitzone",
        "fr": "fuseau horaire|fuseau",
        "es": "zona horaria|huso horario",
        "pt": "fuso horário|fuso|zona horária",
        "nl": "tijdzone",
        "it": "fuso orario",
        "pl": "strefa czasowa",
        "sv": "tidszon",
        "da": "tidszone",
        "no": "tidssone",
        "fi": "aikavyöhyke",
        "cs": "časové pásmo|časová zóna",
        "tr": "saat dilimi",
        "ru": "часовой пояс",
        "ja": "タイムゾーン|時間帯",
        "zh": "时区|時區",
        "ko": "시간대|타임존|표준시간대",
    },
    "country": {
        "en": "country|country code|work country|usage location|country region|country or region|country/region|location country"
        "|office country|country name|iso country|country iso|c|co",
        "de": "land|länderkürzel|ländercode|staat|einsatzland|arbeitsland",
        "fr": "pays|code pays|pays de travail",
        "es": "país|código de país|país de trabajo",
        "pt": "país|código do país|país de trabalho",
        "nl": "landcode|werkland",
        "it": "paese|nazione|codice paese|stato estero",
        "pl": "kraj|kod kraju|państwo",
        "sv": "landskod",
        "da": "landekode",
        "no": "landkode",
        "fi": "maa|maakoodi",
        "cs": "země|stát",
        "tr": "ülke",
        "ru": "страна",
        "ja": "国|国名|国コード|勤務国",
        "zh": "国家|國家|国家/地区|国家代码|國家/地區",
        "ko": "국가|국가코드|나라",
    },
    "locale": {
        "en": "locale|language|preferred language|lang|default locale|language code|languages.0.languagecode|display language"
        "|correspondence language",
        "de": "sprache|bevorzugte sprache|korrespondenzsprache|gebietsschema",
        "fr": "langue|langue préférée|langue de préférence|paramètres régionaux",
        "es": "idioma|idioma preferido|lengua|configuración regional",
        "pt": "idioma|idioma preferido|língua|idioma preferencial",
        "nl": "taal|voorkeurstaal",
        "it": "lingua|lingua preferita",
        "pl": "język|preferowany język",
        "sv": "språk|önskat språk",
        "da": "sprog|foretrukket sprog",
        "no": "språk|foretrukket språk",
        "fi": "kieli|asiointikieli",
        "cs": "jazyk",
        "tr": "dil",
        "ru": "язык",
        "ja": "言語|使用言語|優先言語|ロケール",
        "zh": "语言|首选语言|語言|區域設定",
        "ko": "언어|선호언어|로캘",
    },
    "team": {
        "en": "team|team name|department|dept|department name|department description|home department|home department description"
        "|organizations.0.department|division|supervisory organization|org unit|org unit path|organizational unit"
        "|organisational unit|ou",
        "de": "team|abteilung|abteilungsname|bereich|organisationseinheit",
        "fr": "équipe|service|département|direction|unité organisationnelle",
        "es": "equipo|departamento|área|unidad organizativa|gerencia",
        "pt": "equipe|equipa|departamento|setor|área|unidade organizacional",
        "nl": "afdeling|teamnaam|organisatie-eenheid|organisatieonderdeel",
        "it": "squadra|reparto|dipartimento|unità organizzativa|ufficio di appartenenza",
        "pl": "zespół|dział|departament|jednostka organizacyjna",
        "sv": "avdelning|grupp|enhet|organisationsenhet",
        "da": "afdeling|teamnavn|organisationsenhed",
        "no": "avdeling|enhet|organisasjonsenhet",
        "fi": "tiimi|osasto|yksikkö",
        "cs": "tým|oddělení|útvar",
        "tr": "ekip|takım|departman|bölüm",
        "ru": "команда|отдел|подразделение|департамент",
        "ja": "チーム|部署|部門|所属|所属部署|部課|部署名|組織",
        "zh": "团队|部门|所属部门|部門|團隊|一级部门|部门名称",
        "ko": "팀|부서|소속|부서명",
    },
    "location": {
        "en": "location|office|office location|physical delivery office name|work location|work location name|location description|site"
        "|office name|work site|workplace|city|town|work city|building id|building",
        "de": "standort|büro|arbeitsort|dienstort|arbeitsstätte|niederlassung|ort|stadt",
        "fr": "site|lieu de travail|bureau|établissement|localisation|agence|lieu|ville",
        "es": "sede|oficina|centro de trabajo|lugar de trabajo|ubicación|ciudad|localidad",
        "pt": "local de trabalho|localização|escritório|unidade|filial|cidade|local",
        "nl": "locatie|vestiging|kantoor|werklocatie|standplaats|stad|plaats",
        "it": "sede|sede di lavoro|ufficio|luogo di lavoro|località|città",
        "pl": "lokalizacja|biuro|miejsce pracy|siedziba|oddział|miasto",
        "sv": "plats|kontor|arbetsplats|ort|placeringsort|stad",
        "da": "lokation|kontor|arbejdssted|lokalitet|by",
        "no": "lokasjon|kontor|arbeidssted|arbeidsplass|sted|by",
        "fi": "toimipaikka|toimipiste|toimisto|sijainti|työpaikka|kaupunki",
        "cs": "lokalita|pracoviště|kancelář|pobočka|město",
        "tr": "lokasyon|konum|ofis|çalışma yeri|şehir",
        "ru": "офис|место работы|местоположение|площадка|город",
        "ja": "勤務地|拠点|事業所|オフィス|勤務先|所在地|場所|都市",
        "zh": "地点|工作地点|办公地点|办公室|工作地|辦公室|工作地點|城市",
        "ko": "근무지|사무실|위치|사업장|도시",
    },
    "manager_email": {
        "en": "manager email|manager's email|managers email|manager email address|manager's email address|manager work email"
        "|email - manager|manager user principal name|manager upn|supervisor email|supervisor's email|supervisor email address"
        "|supervisor work email|reports to email|reporting to email|line manager email|direct manager email|manager.email"
        "|manager.value|relations.0.value|manager|reports to|supervisor|line manager|reporting to|worker's manager|direct manager"
        "|manager name",
        "de": "e-mail vorgesetzter|vorgesetzten-e-mail|e-mail der führungskraft|e-mail führungskraft|führungskraft e-mail"
        "|vorgesetzter e-mail|vorgesetzter|vorgesetzte|führungskraft|manager",
        "fr": "e-mail du manager|email du manager|email manager|courriel du manager|email du responsable|e-mail du responsable"
        "|responsable|supérieur|supérieur hiérarchique|manager",
        "es": "correo del jefe|correo del gerente|correo del responsable|email del manager|correo del supervisor|jefe|jefe directo"
        "|responsable|supervisor|gerente",
        "pt": "e-mail do gestor|email do gestor|e-mail do gerente|email do gerente|e-mail do supervisor|gestor|gestor direto|gerente"
        "|chefia",
        "nl": "e-mail leidinggevende|e-mailadres leidinggevende|e-mail manager|leidinggevende",
        "it": "email del responsabile|e-mail del responsabile|email responsabile|email manager|responsabile|responsabile diretto",
        "pl": "e-mail przełożonego|email przełożonego|adres e-mail przełożonego|przełożony|kierownik|bezpośredni przełożony",
        "sv": "chefens e-post|e-post chef|chef e-post|chef|närmaste chef",
        "da": "leders e-mail|leders mail|chefs e-mail|leder|nærmeste leder",
        "no": "leders e-post|e-post leder|leder|nærmeste leder",
        "fi": "esimiehen sähköposti|esihenkilön sähköposti|esimies|esihenkilö",
        "cs": "e-mail nadřízeného|nadřízený|vedoucí",
        "tr": "yönetici e-posta|yönetici e-postası|yönetici",
        "ru": "почта руководителя|email руководителя|руководитель",
        "ja": "上司メールアドレス|上司のメールアドレス|上長メールアドレス|マネージャーのメールアドレス|上司|上長|マネージャー",
        "zh": "上级邮箱|直属上级邮箱|主管邮箱|经理邮箱|直属上级|上级|直接上级|主管",
        "ko": "상사이메일|관리자이메일|상사|관리자",
    },
    "started_on": {
        "en": "started on|start date|hire date|date of hire|employee hire date|hired on|hired|joining date|joined|join date"
        "|date of joining|date joined|employment start date|employment start|first day|first day of work|work start date"
        "|hire/rehire date|rehire date|most recent hire date|last hire date|latest hire date|original hire date|onboarding date"
        "|commencement date",
        "de": "eintritt|eintrittsdatum|einstellungsdatum|startdatum|beginn|beschäftigungsbeginn|vertragsbeginn|erster arbeitstag"
        "|eintritt am",
        "fr": "date d'embauche|date d'entrée|date de début|date d'arrivée|entrée|début de contrat|date de début de contrat"
        "|date d'ancienneté",
        "es": "fecha de ingreso|fecha de inicio|fecha de alta|fecha de contratación|fecha de incorporación|fecha de entrada"
        "|fecha ingreso|fecha alta|fecha inicio",
        "pt": "data de admissão|data de início|data de contratação|data de entrada|admissão|data de ingresso|data admissão",
        "nl": "datum in dienst|indiensttreding|datum indiensttreding|startdatum|in dienst|in dienst per|in dienst sinds|begindatum",
        "it": "data di assunzione|data assunzione|data di inizio|data inizio|data di ingresso|data inizio rapporto",
        "pl": "data zatrudnienia|data rozpoczęcia|data rozpoczęcia pracy|data przyjęcia|data rozpoczęcia zatrudnienia",
        "sv": "anställningsdatum|startdatum|anställd från|anställd sedan|första arbetsdag|tillträdesdatum",
        "da": "ansættelsesdato|startdato|ansat fra|ansat den|tiltrædelsesdato|tiltrådt",
        "no": "ansettelsesdato|startdato|ansatt fra|ansatt dato|tiltredelsesdato",
        "fi": "aloituspäivä|työsuhteen alku|alkupäivä|työsuhteen alkamispäivä|aloituspvm",
        "cs": "datum nástupu|datum začátku|nástup",
        "tr": "işe giriş tarihi|başlangıç tarihi|işe başlama tarihi",
        "ru": "дата приема|дата приёма|дата найма|дата начала работы|дата выхода",
        "ja": "入社日|入社年月日|採用日|雇用開始日|開始日|入職日",
        "zh": "入职日期|入职时间|入職日期|入司日期|开始日期|雇佣日期|到职日期|到職日期",
        "ko": "입사일|입사일자|입사날짜|시작일|채용일",
    },
    #: words for in force, over or to come
    "status": {
        "en": "status|account status|user status|employment status|employee status|worker status|workforce status|staff status"
        "|hr status|lifecycle status|life cycle status|lifecycle state|lifecyclestate|position status|personnel status|work status"
        "|working status|active status|current status|employment state|account state|member status|person status|job status"
        "|assignment status|assignment status type|payroll status|hris status|empl status|emp status|employee state|user state"
        "|external user state|invitation state|status code|employment status description|status description|contract status"
        "|hire status|work state|enrollment status|active/inactive",
        "de": "status|beschäftigungsstatus|mitarbeiterstatus|kontostatus|personalstatus|benutzerstatus|anstellungsstatus|arbeitsstatus"
        "|vertragsstatus|zustand|aktiv/inaktiv",
        "fr": "statut|statut de l'employé|statut du salarié|statut employé|statut salarié|statut d'emploi|état|état du compte"
        "|statut du compte|situation|statut collaborateur|statut du contrat",
        "es": "estado|estatus|estado laboral|estado del empleado|estado de empleado|situación|situación laboral|estado de la cuenta"
        "|estado de cuenta|estado del usuario|estado empleado",
        "pt": "situação|estado|status do funcionário|status do colaborador|situação do funcionário|situação do colaborador"
        "|status da conta|situação funcional|estado do funcionário|situação cadastral|situação contratual",
        "nl": "dienstverbandstatus|medewerkerstatus|status medewerker|status dienstverband|accountstatus|arbeidsstatus|toestand",
        "it": "stato|stato dipendente|stato del dipendente|stato rapporto|stato account|stato lavorativo|stato utente|stato occupazionale",
        "pl": "status pracownika|stan|status zatrudnienia|stan konta|status konta|stan zatrudnienia",
        "sv": "anställningsstatus|kontostatus|medarbetarstatus|läge",
        "da": "ansættelsesstatus|medarbejderstatus|kontostatus",
        "no": "ansattstatus|ansettelsesstatus|kontostatus|medarbeiderstatus",
        "fi": "tila|työsuhteen tila|henkilön tila|tilin tila|työsuhdetilanne",
        "cs": "stav|stav zaměstnance|stav účtu|stav pracovního poměru",
        "tr": "durum|çalışan durumu|çalışma durumu|hesap durumu",
        "ru": "статус|статус сотрудника|состояние|статус занятости",
        "ja": "ステータス|在籍状況|在籍区分|在職状況|在職区分|在籍ステータス|状態|雇用状況|アカウント状態|社員ステータス|在籍状態|雇用状態",
        "zh": "状态|狀態|员工状态|在职状态|人员状态|账号状态|用户状态|員工狀態|在職狀態|雇佣状态|账户状态|帐户状态|帳號狀態",
        "ko": "상태|재직상태|재직구분|재직여부|계정상태|직원상태|근무상태",
    },
    #: yes: the account or employment is in force
    "active_flag": {
        "en": "active|is active|enabled|is enabled|account enabled|accountenabled|user enabled|currently active|currently employed"
        "|is employed|employed|is current|current employee|active employee|user active|active user|account active"
        "|is account enabled|login enabled|sign-in enabled|sign-in allowed|active flag|active indicator|is active employee",
        "de": "aktiv|ist aktiv|aktiviert|konto aktiviert|konto aktiv|beschäftigt|freigeschaltet",
        "fr": "actif|est actif|activé|compte activé|compte actif|en poste",
        "es": "activo|es activo|está activo|habilitado|cuenta habilitada|cuenta activa|en activo|vigente",
        "pt": "ativo|está ativo|habilitado|conta habilitada|conta ativa|ativado",
        "nl": "actief|is actief|ingeschakeld|account ingeschakeld",
        "it": "attivo|è attivo|abilitato|account abilitato|account attivo|in forza|in servizio",
        "pl": "aktywny|czy aktywny|aktywne konto|konto aktywne|włączony|zatrudniony",
        "sv": "aktiv|är aktiv|aktiverad|konto aktiverat",
        "da": "aktiv|er aktiv|aktiveret|konto aktiveret",
        "no": "aktiv|er aktiv|aktivert|konto aktivert",
        "fi": "aktiivinen|onko aktiivinen|käytössä|voimassa",
        "cs": "aktivní|povoleno|účet povolen",
        "tr": "aktif|etkin|hesap etkin",
        "ru": "активен|включен|действующий|работает",
        "ja": "有効|アクティブ|在籍中|アカウント有効|在籍フラグ|有効フラグ|在職中",
        "zh": "启用|是否启用|在职|是否在职|有效|是否有效|账号启用|啟用|激活|是否激活",
        "ko": "활성|활성화|재직중|계정활성화|활성여부",
    },
    #: the bits by which Active Directory says it
    "account_control": {"en": "useraccountcontrol|user account control"},
    #: yes: the account or employment is over
    "closed_flag": {
        "en": "suspended|is suspended|archived|is archived|deleted|is deleted|disabled|is disabled|deactivated|is deactivated|inactive"
        "|is inactive|terminated|is terminated|account disabled|account suspended|block credential|blocked|is blocked"
        "|sign-in blocked|block sign-in|login blocked|removed|offboarded|is offboarded|left|left company|has left|leaver|is leaver"
        "|former|former employee|ex-employee|retired|is retired|resigned|soft deleted|not active",
        "de": "gesperrt|deaktiviert|archiviert|gelöscht|inaktiv|ausgeschieden|suspendiert|anmeldung gesperrt|konto deaktiviert"
        "|konto gesperrt|ausgetreten|ehemalig",
        "fr": "suspendu|désactivé|archivé|supprimé|inactif|bloqué|parti|sorti|compte désactivé|a quitté",
        "es": "suspendido|desactivado|archivado|eliminado|inactivo|bloqueado|dado de baja|cuenta deshabilitada|deshabilitado|cesado",
        "pt": "suspenso|desativado|arquivado|excluído|inativo|bloqueado|desligado|conta desativada|demitido",
        "nl": "geschorst|gedeactiveerd|gearchiveerd|verwijderd|inactief|geblokkeerd|uitgeschakeld|uit dienst|uitdienst|vertrokken",
        "it": "sospeso|disattivato|archiviato|eliminato|inattivo|bloccato|cessato|disabilitato",
        "pl": "zawieszony|dezaktywowany|zarchiwizowany|usunięty|nieaktywny|zablokowany|wyłączony|zwolniony",
        "sv": "avstängd|inaktiverad|arkiverad|borttagen|inaktiv|spärrad|slutat",
        "da": "suspenderet|deaktiveret|arkiveret|slettet|inaktiv|spærret|fratrådt",
        "no": "suspendert|deaktivert|arkivert|slettet|inaktiv|sperret|sluttet",
        "fi": "poistettu käytöstä|estetty|arkistoitu|poistettu|ei aktiivinen|suljettu",
        "cs": "pozastaveno|deaktivováno|zakázáno|archivováno|smazáno|neaktivní",
        "tr": "askıya alındı|devre dışı|pasif|silindi|işten ayrıldı",
        "ru": "приостановлен|отключен|уволен|удален|заблокирован|неактивен",
        "ja": "停止|停止中|無効|無効化|削除済み|アーカイブ済み|退職|退職済み|退職済|退職フラグ|削除フラグ|利用停止|サインインブロック",
        "zh": "停用|是否停用|禁用|是否禁用|已离职|是否离职|离职|已删除|已归档|已暂停|已停用|冻结",
        "ko": "정지|비활성|비활성화|퇴사|퇴사여부|삭제됨|보관됨|퇴직여부|계정정지",
    },
    #: a day of the past: the employment or account is over
    "left_on": {
        "en": "termination date|term date|terminated on|date terminated|date of termination|terminated date|termination effective date"
        "|last working date|last working day|last day of work|last day worked|last day|last date worked|last date of work"
        "|last work day|last employment date|leave date|leaving date|date of leaving|left on|date left|left date|leaver date"
        "|exit date|date of exit|separation date|date of separation|release date|offboarding date|offboard date|end of employment"
        "|employment end date|end employment date|employee end date|worker end date|end date of employment|retirement date"
        "|date of death|departure date|relieving date|date of relieving|lwd|deactivation date|deactivated at|deactivated on"
        "|date deactivated|deleted at|deleted on|deletion time|deletion date|deletion timestamp|soft deletion time stamp"
        "|soft deleted at|deleted date time|archived at|archived on|suspended at|suspended on|account expires"
        "|account expiration date|account expiry date|end date|employment end|contract end date|contract end|until|active until"
        "|valid to",
        "de": "austritt|austrittsdatum|austritt am|austritt zum|letzter arbeitstag|letzter tag|beschäftigungsende"
        "|ende der beschäftigung|kündigung zum|gekündigt zum|enddatum|ausscheidedatum|ausgeschieden am|abgangsdatum"
        "|ende arbeitsverhältnis|datum des austritts|vertragsende zum|vertragsende|gültig bis|löschdatum|deaktiviert am",
        "fr": "date de sortie|date de départ|date de fin|dernier jour|dernier jour travaillé|date de fin de contrat effective"
        "|date fin d'emploi|date de fin d'emploi|date de départ effective|date de rupture|date de licenciement|sortie|départ"
        "|date de désactivation|date sortie|date départ",
        "es": "fecha de baja|fecha de salida|fecha de cese|fecha de término|fecha de terminación|fecha de fin|último día"
        "|último día de trabajo|último día laborable|fecha de egreso|fecha de finalización|fecha baja|fecha cese|fecha de despido"
        "|fecha de renuncia efectiva|fecha de retiro|fecha de desvinculación|fecha fin",
        "pt": "data de desligamento|data de demissão|data de saída|data de rescisão|data de término|data de fim|último dia"
        "|último dia de trabalho|data desligamento|data demissão|data de cessação|data rescisão|data saída|data fim"
        "|último dia trabalhado",
        "nl": "datum uit dienst|uitdiensttreding|uit dienst per|datum uitdiensttreding|laatste werkdag|einddatum|einde dienstverband"
        "|einddatum dienstverband|vertrekdatum|ontslagdatum|laatste dag",
        "it": "data di cessazione|data cessazione|data di uscita|data uscita|data fine rapporto|ultimo giorno|ultimo giorno di lavoro"
        "|data di fine|data fine|data di dimissioni|data licenziamento|fine rapporto|data fine rapporto di lavoro|data termine",
        "pl": "data zwolnienia|data odejścia|data zakończenia|data zakończenia pracy|data rozwiązania umowy|ostatni dzień pracy"
        "|ostatni dzień|data zakończenia zatrudnienia|data rozwiązania|data ustania zatrudnienia|data ustania",
        "sv": "slutdatum|avgångsdatum|sista arbetsdag|sista dag|sista anställningsdag|anställd till|anställning upphör|avslutsdatum|avgång",
        "da": "fratrædelsesdato|fratrådt den|slutdato|sidste arbejdsdag|sidste dag|ansat til|fratrædelse|ophørsdato|stopdato",
        "no": "sluttdato|fratredelsesdato|siste arbeidsdag|siste dag|ansatt til|fratredelse|opphørsdato|sluttet dato",
        "fi": "päättymispäivä|työsuhteen päättyminen|työsuhteen päättymispäivä|viimeinen työpäivä|lähtöpäivä|loppupäivä|työsuhteen loppu",
        "cs": "datum ukončení|datum odchodu|datum výstupu|poslední pracovní den|konec pracovního poměru|ukončení",
        "tr": "işten çıkış tarihi|işten ayrılma tarihi|ayrılma tarihi|çıkış tarihi|son iş günü|bitiş tarihi|son çalışma günü",
        "ru": "дата увольнения|дата окончания|последний рабочий день|дата ухода|дата прекращения",
        "ja": "退職日|退職年月日|退社日|離職日|最終出社日|最終勤務日|最終在籍日|契約終了日|終了日|雇用終了日|解雇日|削除日|停止日",
        "zh": "离职日期|离职时间|離職日期|最后工作日|最后工作日期|终止日期|合同终止日期|终止时间|结束日期|退休日期|最後工作日|離職日"
        "|停用日期",
        "ko": "퇴사일|퇴직일|퇴사일자|퇴직일자|최종근무일|마지막근무일|종료일|계약종료일|퇴사날짜",
    },
    #: yes: from outside the company
    "outside_flag": {
        "en": "external|is external|externally employed|contractor|is contractor|guest|is guest|outside|non-employee|is non-employee"
        "|contingent|is contingent|freelancer|consultant|vendor|is guest user|external user|external employee|is external user",
        "de": "extern|externe|ist extern|externer|gast|ist gast|externer mitarbeiter|externe mitarbeiter|freiberufler|freelancer",
        "fr": "externe|est externe|invité|prestataire|est prestataire|intervenant externe",
        "es": "externo|es externo|invitado|contratista|es contratista|personal externo",
        "pt": "externo|é externo|convidado|terceirizado|é terceirizado|terceiro|prestador",
        "nl": "extern|is extern|externe|gast|inhuur|externe medewerker",
        "it": "esterno|è esterno|ospite|consulente|personale esterno",
        "pl": "zewnętrzny|czy zewnętrzny|gość|kontraktor|współpracownik",
        "sv": "extern|är extern|gäst|konsult|inhyrd",
        "da": "ekstern|er ekstern|gæst|konsulent",
        "no": "ekstern|er ekstern|gjest|konsulent|innleid",
        "fi": "ulkoinen|ulkopuolinen|vieras|konsultti",
        "cs": "externí|externista|host",
        "tr": "harici|misafir|dış kaynak",
        "ru": "внешний|гость|подрядчик",
        "ja": "外部|社外|ゲスト|業務委託|派遣|外部ユーザー",
        "zh": "外部|是否外部|外包|是否外包|访客|外部人员",
        "ko": "외부|외부인|게스트|외주|외부여부",
    },
    #: words for inside or outside
    "kind": {
        "en": "employment type|employee type|worker type|user type|usertype|worker sub-type|worker subtype|worker category"
        "|worker category description|employee class|employee group|employee subgroup|employee category|employment category"
        "|employment class|staff type|staff category|person type|persontype|member type|contract type|type of contract"
        "|type of employment|type of worker|type of employee|resource type|engagement type|workforce type|workforce category"
        "|employee classification|worker classification|assignment category|account type|creation type|creationtype|fte/contractor"
        "|employee/contractor|internal/external|internal or external|type",
        "de": "anstellungsart|beschäftigungsart|beschäftigungstyp|mitarbeitertyp|mitarbeiterart|vertragsart|art der beschäftigung"
        "|mitarbeitergruppe|mitarbeiterkreis|intern/extern|beschäftigungsverhältnis|anstellungsverhältnis|benutzertyp|vertragstyp"
        "|personaltyp|art",
        "fr": "type de contrat|type d'emploi|type d'employé|type de salarié|type de collaborateur|catégorie|type d'utilisateur"
        "|interne/externe|nature du contrat|catégorie de personnel|contrat|type",
        "es": "tipo de contrato|tipo de empleado|tipo de empleo|tipo de trabajador|tipo de usuario|tipo de contratación|interno/externo"
        "|tipo|categoría de empleado|modalidad de contrato",
        "pt": "tipo de contrato|tipo de vínculo|vínculo|tipo de funcionário|tipo de colaborador|tipo de contratação|tipo de usuário"
        "|regime|regime de contratação|interno/externo|tipo de emprego|tipo",
        "nl": "contracttype|contractvorm|type dienstverband|soort dienstverband|type medewerker|soort contract|dienstverband"
        "|intern/extern|type contract|gebruikerstype|soort medewerker",
        "it": "tipo di contratto|tipo contratto|tipologia contrattuale|tipologia contratto|tipo dipendente|tipo di rapporto|tipo utente"
        "|interno/esterno|tipo di impiego|tipologia|tipo",
        "pl": "typ umowy|rodzaj umowy|rodzaj zatrudnienia|forma zatrudnienia|typ zatrudnienia|typ pracownika|rodzaj pracownika"
        "|typ użytkownika|typ",
        "sv": "anställningsform|anställningstyp|typ av anställning|medarbetartyp|användartyp|typ",
        "da": "ansættelsestype|ansættelsesform|medarbejdertype|kontrakttype|brugertype|type",
        "no": "ansettelsestype|ansettelsesform|ansatttype|medarbeidertype|kontrakttype|brukertype|type",
        "fi": "työsuhteen tyyppi|työsuhdetyyppi|työsuhteen laji|henkilötyyppi|sopimustyyppi|käyttäjätyyppi|tyyppi",
        "cs": "typ smlouvy|druh pracovního poměru|typ úvazku|typ zaměstnance|typ",
        "tr": "sözleşme türü|istihdam türü|çalışan türü|çalışma şekli|tür",
        "ru": "тип занятости|вид занятости|тип договора|тип сотрудника|форма занятости|тип",
        "ja": "雇用形態|雇用区分|社員区分|従業員区分|契約形態|就業形態|雇用種別|ユーザー種別|ユーザータイプ|区分|社員種別",
        "zh": "员工类型|用工类型|用工形式|人员类型|雇佣类型|合同类型|用工性质|用户类型|员工类别|員工類型|僱用類型|聘用类型|类型",
        "ko": "고용형태|고용구분|직원구분|계약형태|근무형태|직원유형|사원구분|사용자유형|유형",
    },
}

#: read where they fit: other systems use these headers for other things, so a cell that does not fit says nothing
WEAK = frozenset(
    fold_words(
        "user id|member id|slack|manager|reports to|supervisor|line manager|reporting to|worker's manager|direct manager|manager name"
        "|relations.0.value|login|username|user name|login name|sign-in name|c|co|identifiant|usuario|nombre de usuario|usuário"
        "|nome de usuário|gebruikersnaam|nome utente|nazwa użytkownika|benutzername|användarnamn|brugernavn|brukernavn|käyttäjätunnus"
        "|vorgesetzter|vorgesetzte|führungskraft|responsable|supérieur|supérieur hiérarchique|jefe|jefe directo|gerente|gestor"
        "|gestor direto|chefia|leidinggevende|responsabile|responsabile diretto|przełożony|kierownik|bezpośredni przełożony|chef"
        "|närmaste chef|leder|nærmeste leder|esimies|esihenkilö|nadřízený|vedoucí|yönetici|руководитель|上司|上長|マネージャー|直属上级"
        "|上级|直接上级|主管|상사|관리자"
    )
)
#: what these say counts only where no better column of the same fact is there
FALLBACK = frozenset(
    fold_words(
        "type|typ|tipo|art|tyyppi|tür|тип|类型|유형|区分|contrat|catégorie|regime|account type|end date|contract end date|contract end"
        "|vertragsende|enddatum|fecha fin|data fim|data fine|date de fin|einddatum|slutdatum|slutdato|sluttdato|loppupäivä|終了日"
        "|结束日期|종료일|until|valid to|gültig bis|employment end"
    )
)


def fold_header(title: str) -> str:
    """Return a header without case, accents, spaces and signs; "#" is a number."""
    return fold(title.replace("#", " number "))


def _meanings() -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for fact, languages in HEADERS.items():
        headers = [header for words in languages.values() for header in words.split("|")]
        for rank, header in enumerate(headers):
            found.setdefault(fold_header(header), (fact, rank))
    return found


#: folded header -> the fact it means, and its rank among the headers of that fact
MEANINGS = _meanings()
