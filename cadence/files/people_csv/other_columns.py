"""Columns of directories that hold none of our facts, and headers that look as if they told who left.

A header made of these words is understood, and its column is passed over; so an export with sixty columns is not taken
for a file in a language that nobody here reads. Kept are only columns that an audience names (``columns.py``).
"""

from __future__ import annotations

import re

from cadence.files.people_csv.folding import fold, fold_words

_VOCABULARY = frozenset(
    fold_words(
        "a|about|absence|access|account|accounts|achievement|activation|activated|active|activity|actual|added|additional|address|admin"
        "|agent|agreement|aim|alias|aliases|annual|app|application|approver|area|assigned|assignment|assistant|associate|at|attendance"
        "|attribute|authentication|author|availability|avatar|badge|band|base|basis|benefit|benefits|bio|biography|billing|body|board"
        "|booking|box|boss|branch|budget|building|buildingid|bundle|business|by|calendar|campus|capacity|card|career|category|cell"
        "|center|centre|certification|change|changed|channel|charge|chat|class|classification|client|clock|club|code|codes|cohort|color"
        "|colour|comment|comments|community|company|competency|completed|conference|contact|contract|contracted|cost|council|count"
        "|countries|course|created|creation|creator|critical|current|custom|customer|cycle|data|date|day|days|default|delegated"
        "|delegation|department|desc|description|desk|device|devices|dial|diet|dietary|direct|directory|dirsync|display|dietary"
        "|distance|distinguished|district|domain|domains|drive|duration|duty|education|effective|eligible|email|emails|employed"
        "|employee|employees|employer|employment|end|enrolled|enrollment|enterprise|entity|entry|equivalent|established|exchange|exempt"
        "|exemption|expires|expiry|experience|expiration|ext|extension|external|extra|facility|factor|family|fax|field|file|fiscal|flag"
        "|floor|focus|folder|food|for|forwarding|frequency|from|full|function|functional|general|generation|given|global|goal|goals"
        "|grade|graduation|group|groups|guid|handle|has|head|headcount|hierarchy|high|hiring|history|hobbies|hobby|home|hour|hours"
        "|house|hr|hrbp|hris|id|ids|identifier|im|image|in|index|industry|information|initial|initials|instance|interests|internal"
        "|invitation|invite|ip|is|issue|issuer|job|jobs|join|joined|key|kind|label|landline|language|languages|last|laptop|last"
        "|latitude|lead|leader|leaders|leave|legacy|legal|length|level|levels|license|licenses|licence|licences|line|linkedin|list"
        "|local|location|log|login|logins|logon|longitude|mail|mailbox|mailnickname|manager|managers|manual|map|mark|market|matrix|max"
        "|mentor|message|method|middle|min|mission|mobile|mode|model|modified|module|month|monthly|months|name|names|nickname|note"
        "|notes|notice|notification|number|numbers|object|objectguid|objectid|objective|off|office|officer|offices|on|only|onboarding"
        "|onpremises|operating|operation|operations|order|org|organisation|organization|organizational|organisational|organizations"
        "|origin|original|other|out|overtime|owner|package|parent|parking|participant|party|path|pattern|payroll|percent|percentage"
        "|percentile|performance|period|permission|permissions|person|personal|phone|phones|photo|picture|plan|plans|platform|points"
        "|policy|portal|position|positions|post|postal|postcode|potential|practice|preference|preferred|previous|primary|primary"
        "|priority|probation|process|product|profession|profile|profiles|program|programme|progress|project|projects|promotion|property"
        "|provider|provisioning|proxy|published|purchasing|qualification|quarter|quota|rank|ranking|rate|rating|reason|recent|record"
        "|records|recruiter|reference|referral|region|regions|registered|registration|relation|relations|relationship|release|remark"
        "|remarks|remote|renewal|replacement|report|reporting|reports|request|required|requisition|resource|responsibility"
        "|responsibilities|resume|review|role|roles|room|row|sam|samaccountname|sap|schedule|scheduled|scheme|school|score|seat"
        "|secretary|section|sector|security|segment|selected|senior|seniority|sequence|serial|server|service|session|setting|settings"
        "|shift|shirt|short|sid|sign|signature|since|site|size|skill|skills|skype|slack|software|sort|source|space|special|specialty"
        "|squad|staff|stage|standard|start|state|status|step|storage|store|strategic|street|structure|student|studio|style|sub|subcompany"
        "|subdepartment|subdivision|subsidiary|suffix|suite|supervisor|support|sync|synced|system|table|tag|tags|target|task|tax|team"
        "|tel|telephone|telework|template|tenure|term|termination|territory|text|tier|time|timestamp|title|to|total|tracking|training"
        "|travel|tribe|type|types|uid|unit|units|until|updated|upn|uri|url|urls|usage|use|used|user|userid|users|uuid|vacation|valid"
        "|value|values|vendor|verification|verified|version|view|voip|volume|wave|web|website|week|weekly|weeks|when|window|with|word"
        "|work|worker|workday|workforce|working|workplace|works|workspace|workstation|year|yearly|years|zip|jobcode|jobtitle|costcenter"
        "|cwid|dn|cn|ou|employeetype|departmentnumber|physicaldeliveryofficename|thumbnailphoto|whencreated|whenchanged|lastlogon"
        "|lastlogondate|pwdlastset|businessphones|mobilephone|telephonenumber|facsimiletelephonenumber|companyname|postalcode"
        "|streetaddress|stateorprovince|directorysynced|identityissuer|createddatetime|legalagegroupclassification"
        "|consentprovidedforminor|alternateemailaddress|ismailboxsetup|isadmin|isdelegatedadmin|agreedtoterms|ipwhitelisted|customerid"
        "|etag|orgunitpath|lastlogintime|creationtime|suspensionreason|includeinglobaladdresslist|changepasswordatnextlogin"
        "|billingactive|fullname|displayname|phonenumber|lastlogin|lastmodified|lastupdated|costcentre|employeetitle|worklocation"
        "|workphone|custom01|nationalid|bizphone|teams|division|divisions|mi|jobs|0|1|2|3|4|5|6|7|8|9|10|and|of|the|or|no|nr|und|et|y"
        "|de|des|du|la|le|per|via"
    )
)
#: headers and beginnings of headers of other languages
_FOREIGN = tuple(
    fold_words(
        "telefon|tel|handy|mobil|durchwahl|fax|titel|anrede|position|funktion|stelle|rolle|kostenstelle|firma|gesellschaft|mandant"
        "|bemerkung|notiz|kommentar|raum|gebäude|etage|stockwerk|postleitzahl|plz|straße|bundesland|region|erstellt|geändert"
        "|aktualisiert|letzte anmeldung|kürzel|tarif|entgeltgruppe|wochenstunden|arbeitszeit|beruf|tätigkeit|stellenbezeichnung"
        "|berufsbezeichnung|jobtitel|unternehmen|kündigungsgrund|kündigungsdatum|austrittsgrund|personalbereich|urlaub|probezeitende"
        "|probezeit|fte|vollzeitäquivalent|foto|bild|laufende nummer|nr|téléphone|portable|fonction|poste|intitulé|titre|métier"
        "|centre de coût|société|entreprise|filiale|commentaire|remarque|code postal|rue|région|créé|modifié|dernière connexion"
        "|temps de travail|civilité|motif de départ|motif de sortie|période d'essai|congés|photo|étage|teléfono|móvil|celular|extensión"
        "|puesto|cargo|función|título|centro de coste|centro de costo|empresa|sociedad|filial|comentario|nota|código postal|calle"
        "|región|provincia|creado|modificado|último acceso|jornada|horas|tratamiento|motivo de baja|vacaciones|foto|planta|telefone"
        "|telemóvel|ramal|cargo|função|centro de custo|observaç|criado|alterado|último acesso|jornada|carga horária|motivo|férias|cep"
        "|rua|estado de residência|foto|telefoon|mobiel|functie|kostenplaats|bedrijf|opmerking|postcode|straat|aangemaakt|gewijzigd"
        "|laatste aanmelding|uren|aanhef|reden|verlof|verdieping|cellulare|mansione|ruolo|qualifica|centro di costo|azienda|società"
        "|note|cap|via|provincia|regione|creato|modificato|ultimo accesso|ore|livello|motivo|ferie|interno telefonico|komórka"
        "|stanowisko|funkcja|tytuł|mpk|firma|spółka|uwagi|notatki|kod pocztowy|ulica|województwo|utworzono|zmodyfikowano"
        "|ostatnie logowanie|wymiar etatu|powód|urlop|zdjęcie|mobil|befattning|titel|roll|kostnadsställe|företag|bolag|anteckning"
        "|kommentar|postnummer|gata|skapad|ändrad|senast inloggad|timmar|stilling|omkostningssted|virksomhed|bemærkning|oprettet|ændret"
        "|kostnadssted|selskap|merknad|opprettet|endret|puhelin|matkapuhelin|tehtävänimike|nimike|kustannuspaikka|yritys|huomautus"
        "|postinumero|luotu|muokattu|telefonní číslo|pozice|funkce|středisko|společnost|poznámka|psč|telefon|unvan|görev|pozisyon"
        "|şirket|açıklama|not|телефон|мобильный|должность|компания|примечание|комментарий|индекс|город рождения|電話|携帯|内線|役職"
        "|職位|職種|肩書|会社|会社名|法人|備考|メモ|郵便番号|作成日|更新日|最終ログイン|等級|グレード|コストセンター|フロア|ふりがな"
        "|フリガナ|カナ|連絡先|勤続年数|退職理由|休暇|写真|番号|no|电话|手机|分机|职位|职务|岗位|职称|公司|备注|邮编|创建时间|更新时间"
        "|最后登录|职级|成本中心|楼层|拼音|电話|手機|職位|職稱|公司名稱|備註|离职原因|离职类型|司龄|工龄|学历|序号|照片|微信|전화"
        "|휴대폰|핸드폰|내선|직위|직급|직책|직무|회사|비고|메모|우편번호|생성일|수정일|최종로그인|층|퇴사사유|번호"
    )
)

#: parts of headers that speak of leaving, closing or being from outside; such a column is not passed over in silence
_TELLING = re.compile(
    "|".join(
        fold_words(
            "terminat|leaver|leaving|leftdate|dateleft|offboard|suspend|archived|inactiv|deactivat|resign|retire|separated|exitdate"
            "|lastday|lastworking|isactive|stillactive|activestatus|stillemployed|contractor|outsider|freelanc|ausgeschied|austritt"
            "|ausgetret|inaktiv|gekündigt|ausscheid|ehemalig|gesperrt|sortie|inactif|désactiv|suspendu|prestataire|dadodebaja"
            "|fechadebaja|fechabaja|cesado|desvincul|contratista|deslig|demiti|inativ|terceirizad|uitdienst|inactief|vertrokken"
            "|ingehuurd|cessat|cessazione|inattiv|licenzia|zwoln|nieaktyw|odejści|avslutad|slutat|inhyrd|fratråd|fratræd|sluttet"
            "|päättyn|lopettan|уволен|увольнен|退職|退社|離職|在籍|离职|在职|停用|퇴사|퇴직|재직"
        )
    )
)
_HARMLESS = tuple(
    fold_words(
        "reason|type of|termination type|separation type|grund|motif|motivo|reden|powód|理由|原因|类型|사유|plan|notes|comment|eligib"
        "|counsel|last active|last activity|lastlogin|mfa|2sv|enforced|mailbox|archive size|archive status|company|firm|agency name"
        "|owner"
    )
)
_WORDS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_other(header: str) -> bool:
    """Whether a header is known to hold none of our facts."""
    folded = fold(header)
    if not folded or folded in _VOCABULARY or folded.isdigit():
        return True
    words = [fold(word) for part in _CAMEL.split(header) for word in _WORDS.findall(part)]
    if words and all(word in _VOCABULARY for word in words):
        return True
    return any(folded == known or (len(known) > 3 and folded.startswith(known)) for known in _FOREIGN)


def seems_to_tell(header: str) -> bool:
    """Whether a header that is not in our tables seems to say who left, who is closed or who is from outside."""
    folded = fold(header)
    return _TELLING.search(folded) is not None and not any(word in folded for word in _HARMLESS)
