"""The words by which directories say that somebody works here without being of the company, or is of it.

Language -> words with "|" between them, compared as in ``status_words.py``. Whoever is employed for a time, in
training or part-time is inside; whoever another firm or a contract for services sends is outside.
"""

from __future__ import annotations

from cadence.files.people_csv.folding import fold_table

OUTSIDE_BY_LANGUAGE = {
    "en": "external|externals|external user|external worker|external employee|external staff|external contractor|external consultant"
    "|outside|guest|guest user|b2b guest|invitation|multi-channel guest|single-channel guest|multi channel guest"
    "|single channel guest|full guest|contractor|contractors|contract|contract worker|contracted|contract employee agency"
    "|independent contractor|independent|1099|1099 contractor|sub-contractor|subcontractor|c2c|corp to corp|contingent"
    "|cwk|contingent worker|contingent workforce|agency|agency worker|agency staff|agency temp|temp agency|temp worker agency"
    "|temporary agency worker|staffing agency|leased worker|leased employee|consultant|consultants|consulting|freelance|freelancer"
    "|self-employed|sole trader|vendor|vendors|supplier|partner|partners|client|customer|third party|3rd party|outsourced"
    "|outsourcer|gig worker|non-employee|nonemployee|not an employee|visitor|advisor|adviser|off-payroll|off payroll"
    "|professional services|service provider|eor contractor|statement of work|sow|shared channel|connect user|volunteer external"
    "|interim|interim manager|active external|external active",
    "de": "extern|externe|externer|externes|externe mitarbeiter|externer mitarbeiter|externe mitarbeiterin|externe kraft|fremdfirma"
    "|fremdpersonal|fremdarbeiter|fremdkraft|gast|gäste|gastbenutzer|freiberufler|freiberuflerin|freier mitarbeiter"
    "|freie mitarbeiterin|freie mitarbeit|selbständig|selbstständig|selbständiger|selbstständige|berater|beraterin|dienstleister"
    "|auftragnehmer|auftragnehmerin|subunternehmer|leiharbeiter|leiharbeiterin|leiharbeitnehmer|leiharbeit|zeitarbeiter"
    "|zeitarbeiterin|zeitarbeit|zeitarbeitnehmer|arbeitnehmerüberlassung|anü|überlassen|lieferant|partner|kunde|werkvertrag"
    "|honorarkraft|interim",
    "fr": "externe|externes|intervenant externe|invité|invitée|prestataire|prestataires|prestataire externe|prestataire de services"
    "|sous-traitant|sous-traitante|sous-traitance|consultant|consultante|consultant externe|indépendant|indépendante"
    "|travailleur indépendant|auto-entrepreneur|micro-entrepreneur|freelance|intérimaire|intérim|travailleur intérimaire"
    "|portage salarial|fournisseur|partenaire|client|régie|contractuel externe",
    "es": "externo|externa|externos|personal externo|invitado|invitada|contratista|contratistas|contratista independiente"
    "|subcontratista|subcontratado|subcontratada|subcontrata|autónomo|autónoma|trabajador autónomo|freelance|consultor|consultora"
    "|consultor externo|proveedor|proveedora|socio externo|cliente|honorarios|por honorarios|ett|empresa de trabajo temporal|cedido"
    "|tercerizado|tercerizada|tercero|terceros|prestador de servicios|prestación de servicios|outsourcing",
    "pt": "externo|externa|convidado|convidada|terceirizado|terceirizada|terceiro|terceira|terceiros|prestador|prestador de serviço"
    "|prestador de serviços|prestadora de serviços|contratado externo|pj|pessoa jurídica|autônomo|autônoma|trabalhador independente"
    "|recibos verdes|freelancer|consultor|consultora|fornecedor|fornecedora|parceiro|parceira|subcontratado|subcontratada|cliente"
    "|outsourcing|mei",
    "nl": "extern|externe|externe medewerker|gast|gastgebruiker|inhuur|ingehuurd|externe inhuur|inhuurkracht|uitzendkracht|uitzend"
    "|uitzendbureau|zzp|zzp'er|zzper|zelfstandige|zelfstandig|freelance|freelancer|gedetacheerd|gedetacheerde|detachering"
    "|payroll extern|consultant|adviseur|leverancier|onderaannemer|partner|klant|opdrachtnemer|interim",
    "it": "esterno|esterna|esterni|personale esterno|collaboratore esterno|collaboratrice esterna|ospite|consulente|consulenti"
    "|consulente esterno|consulenza|libero professionista|libera professionista|freelance|lavoratore autonomo|autonomo|autonoma"
    "|partita iva|p. iva|p.iva|somministrato|somministrata|somministrazione|interinale|lavoratore interinale|appaltatore"
    "|subappaltatore|fornitore|fornitrice|partner|cliente",
    "pl": "zewnętrzny|zewnętrzna|zewnętrzne|pracownik zewnętrzny|gość|kontrahent|kontraktor|wykonawca|podwykonawca|współpracownik"
    "|współpracownik zewnętrzny|b2b|kontrakt|kontrakt b2b|samozatrudniony|samozatrudniona|samozatrudnienie|freelancer|konsultant"
    "|konsultantka|pracownik tymczasowy agencji|pracownik agencyjny|agencja|agencja pracy|dostawca|partner|klient|outsourcing",
    "sv": "extern|externa|gäst|konsult|konsulter|inhyrd|inhyrd konsult|inhyrd personal|bemanning|bemanningsanställd|underkonsult"
    "|underentreprenör|egenföretagare|frilans|frilansare|leverantör|partner|kund|uppdragstagare",
    "da": "ekstern|eksterne|gæst|konsulent|ekstern konsulent|vikar|vikarbureau|freelancer|selvstændig|underleverandør|leverandør"
    "|indlejet|partner|kunde",
    "no": "ekstern|eksterne|gjest|konsulent|innleid|innleie|innleid konsulent|vikarbyrå|frilanser|frilans|selvstendig"
    "|selvstendig næringsdrivende|underleverandør|leverandør|oppdragstaker|partner|kunde",
    "fi": "ulkoinen|ulkopuolinen|vieras|vieraskäyttäjä|konsultti|alihankkija|vuokratyöntekijä|vuokratyö|freelancer|yrittäjä|toimittaja"
    "|kumppani|asiakas",
    "cs": "externí|externista|externistka|host|dodavatel|kontraktor|osvč|živnostník|konzultant|konzultantka|agenturní pracovník"
    "|agenturní zaměstnanec|subdodavatel",
    "tr": "harici|dış kaynak|misafir|danışman|yüklenici|taşeron|serbest çalışan|tedarikçi",
    "ru": "внешний|внешняя|гость|подрядчик|субподрядчик|консультант|фрилансер|самозанятый|самозанятая|гпх|договор гпх|аутсорс|аутстафф"
    "|поставщик|партнер",
    "ja": "外部|社外|社外者|外部ユーザー|ゲスト|ゲストユーザー|業務委託|業務委託契約|委託|請負|派遣|派遣社員|派遣スタッフ|派遣労働者"
    "|フリーランス|個人事業主|協力会社|協力会社社員|パートナー|ベンダー|コンサルタント|外注|取引先|顧客|常駐|bp",
    "zh": "外部|外部人员|外部用户|外包|外包人员|外包员工|外聘|承包商|承包|分包商|劳务派遣|劳务|派遣|派遣员工|派遣員工|顾问|顧問|访客"
    "|訪客|来宾|來賓|宾客|自由职业|自由职业者|供应商|供應商|合作伙伴|合作方|第三方|客户|外包人員|约聘顾问",
    "ko": "외부|외부인|외부인력|게스트|파견|파견직|협력사|협력업체|도급|용역|프리랜서|컨설턴트|외주|공급업체|파트너|고객",
}
INSIDE_BY_LANGUAGE = {
    "en": "internal|inside|member|employee|employees|regular|regular employee|permanent|permanent employee|full-time|fulltime|full time"
    "|full time employee|full-time employee|fte|ft|part-time|part time|parttime|part-time employee|pt|temporary|temp"
    "|temporary employee|temporary worker|fixed term|fixed-term|fixed term contract|fixed-term employee|limited term|casual"
    "|seasonal|on-call|zero hours|hourly|salaried|salary|exempt|non-exempt|non exempt|intern|internship|trainee|apprentice"
    "|apprenticeship|student|working student|co-op|graduate|worker|staff|staff member|w2|w-2|executive|director|management|officer"
    "|partner equity|probationary employee|indefinite|open-ended|unlimited|at will|at-will|expat|expatriate|secondee|volunteer"
    "|admin|owner|standard|standard user|normal|user|person|human|tenured|variable hour|per diem|job share|work study|limited"
    "|termless|local account",
    "de": "intern|interne|interner|mitarbeiter|mitarbeiterin|angestellt|angestellte|angestellter|arbeitnehmer|arbeitnehmerin|arbeiter"
    "|arbeiterin|vollzeit|teilzeit|unbefristet|befristet|fest|festangestellt|feste anstellung|festanstellung|aushilfe|minijob"
    "|minijobber|geringfügig|praktikant|praktikantin|praktikum|werkstudent|werkstudentin|auszubildende|auszubildender|azubi"
    "|ausbildung|duales studium|dual|trainee|volontär|student|geschäftsführer|geschäftsführung|leitende angestellte|beamter|beamtin"
    "|mitglied|saisonal|kurzfristig",
    "fr": "interne|salarié|salariée|employé|employée|cdi|cdd|temps plein|temps complet|temps partiel|permanent|permanente|temporaire"
    "|stagiaire|stage|apprenti|apprentie|apprentissage|alternant|alternante|alternance|contrat de professionnalisation|cadre"
    "|non-cadre|saisonnier|saisonnière|fonctionnaire|membre|titulaire",
    "es": "interno|interna|empleado|empleada|fijo|fija|indefinido|indefinida|temporal|eventual|tiempo completo|jornada completa"
    "|tiempo parcial|media jornada|jornada parcial|medio tiempo|becario|becaria|prácticas|en prácticas|practicante|aprendiz"
    "|plantilla|de planta|planta|obra y servicio|fijo discontinuo|miembro|nómina|funcionario|funcionaria|trabajador|trabajadora"
    "|permanente",
    "pt": "interno|interna|empregado|empregada|funcionário|funcionária|colaborador|colaboradora|clt|efetivo|efetiva|efectivo"
    "|tempo integral|tempo inteiro|tempo completo|tempo parcial|meio período|temporário|temporária|estagiário|estagiária|estágio"
    "|aprendiz|jovem aprendiz|trainee|contrato a termo|sem termo|a termo|membro|diretor|estatutário|prazo determinado"
    "|prazo indeterminado|permanente",
    "nl": "intern|interne|medewerker|werknemer|vast|vaste dienst|vast dienstverband|vast contract|tijdelijk|tijdelijk contract"
    "|bepaalde tijd|onbepaalde tijd|voltijd|fulltime|deeltijd|parttime|stagiair|stagiaire|stage|bijbaan|oproepkracht"
    "|nulurencontract|leerling|trainee|werkstudent|vakantiekracht|lid",
    "it": "interno|interna|dipendente|dipendenti|impiegato|impiegata|operaio|operaia|quadro|dirigente|tempo pieno|full time"
    "|tempo parziale|part time|tempo indeterminato|tempo determinato|indeterminato|determinato|apprendista|apprendistato"
    "|tirocinante|tirocinio|stagista|stage|stagionale|membro",
    "pl": "wewnętrzny|wewnętrzna|pracownik|pracownica|etat|pełny etat|pełen etat|część etatu|niepełny etat|pół etatu|umowa o pracę|uop"
    "|umowa zlecenie|czas określony|czas nieokreślony|na czas określony|na czas nieokreślony|stażysta|stażystka|staż|praktykant"
    "|praktykantka|członek|stały|stała|tymczasowy|tymczasowa",
    "sv": "intern|interna|anställd|tillsvidare|tillsvidareanställd|fast|fast anställd|visstid|visstidsanställd|vikariat|heltid|deltid"
    "|timanställd|praktikant|provanställd|säsongsanställd|medlem|tjänsteman|kollektivanställd|lärling",
    "da": "intern|interne|ansat|medarbejder|fastansat|fast|tidsbegrænset|fuldtid|deltid|timelønnet|funktionær|praktikant|elev|lærling"
    "|studentermedhjælper|studerende|medlem",
    "no": "intern|interne|ansatt|medarbeider|fast|fast ansatt|midlertidig|midlertidig ansatt|heltid|deltid|timebetalt|vikariat"
    "|praktikant|lærling|student|medlem",
    "fi": "sisäinen|työntekijä|vakituinen|toistaiseksi|toistaiseksi voimassa oleva|määräaikainen|kokoaikainen|osa-aikainen"
    "|tuntityöntekijä|harjoittelija|oppisopimus|jäsen|kesätyöntekijä",
    "cs": "interní|zaměstnanec|zaměstnankyně|hpp|plný úvazek|částečný úvazek|doba určitá|doba neurčitá|dpp|dpč|stážista|brigádník",
    "tr": "dahili|çalışan|kadrolu|tam zamanlı|yarı zamanlı|belirli süreli|belirsiz süreli|stajyer",
    "ru": "внутренний|сотрудник|штатный|штат|полная занятость|частичная занятость|полный день|постоянный|временный|стажер|стажировка"
    "|трудовой договор|совместитель",
    "ja": "内部|社内|社員|正社員|正規|従業員|職員|一般社員|契約社員|契約|嘱託|嘱託社員|パート|パートタイム|パートタイマー|アルバイト"
    "|有期|有期雇用|無期|無期雇用|常勤|非常勤|フルタイム|役員|取締役|インターン|実習生|研修生|試用社員|メンバー|出向社員|出向者"
    "|短時間勤務|短時間正社員|限定正社員|プロパー",
    "zh": "内部|员工|員工|正式|正式员工|正式員工|在编|编制|全职|全職|兼职|兼職|合同工|合同制|固定期限|无固定期限|无期限|临时工|临时"
    "|实习|实习生|實習生|实习期|试用员工|成员|成員|返聘|退休返聘|约聘|約聘|管理层|干部|钟点工|计时",
    "ko": "내부|직원|사원|정규직|계약직|기간제|무기계약직|무기계약|인턴|수습사원|아르바이트|파트타임|시간제|풀타임|전일제|임원|멤버|일용직",
}

OUTSIDE = fold_table(OUTSIDE_BY_LANGUAGE)
#: words that are both ("partner", "interim") count as outside
INSIDE = fold_table(INSIDE_BY_LANGUAGE) - OUTSIDE
