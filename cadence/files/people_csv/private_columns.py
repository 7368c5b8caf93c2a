"""Columns that are never read, whatever an audience or a setting names: what nobody needs here, and secrets.

Salary, birth, sex, origin, belief, health, family, national numbers, bank, home, private contact, and passwords, keys and
tokens. Compared by whole words of the header ("Secretary" is no secret), and by stems where a language joins words.
"""

from __future__ import annotations

import re

from cadence.files.people_csv.folding import fold, fold_words

_TOKENS = frozenset(
    fold_words(
        "salary|salaries|compensation|wage|wages|pay|payrate|paygrade|bonus|bonuses|commission|remuneration|earnings|income|stock"
        "|equity|birth|birthday|birthdate|birthplace|dob|born|age|gender|sex|pronoun|pronouns|ethnicity|ethnic|race|racial|religion"
        "|religious|faith|marital|married|spouse|children|dependents|dependants|disability|disabilities|health|medical|medication"
        "|allergy|allergies|blood|vaccination|vaccinated|pregnancy|pregnant|veteran|sexual|nationality|citizenship|citizen|passport"
        "|visa|immigration|ssn|sin|tin|nin|nino|cpf|pis|ctps|curp|rfc|nss|dni|nie|nif|niss|cuil|cuit|cedula|rut|pesel|bsn|aadhaar"
        "|aadhar|pan|personnummer|cpr|hetu|nric|bank|banking|iban|bic|swift|routing|emergency|kin|criminal|conviction|convictions"
        "|garnishment|password|passwords|passwd|pwd|passphrase|passcode|secret|secrets|token|tokens|recovery|hash|salt|pin|2fa|2sv|mfa"
        "|otp|totp|twofactor|credential|credentials|certificate|apikey|sshkey|privatekey|publickey|secretkey|accesskey"
    )
)
#: two words that mean it only together, in this order or with others between them
_PAIRS_OF_WORDS = (
    "national id|national identifier|national number|national insurance|social security|social insurance|tax id|tax number|tax code"
    "|tax identification|taxpayer id|identity card|identity number|id card|government id|driver license|drivers license|driving licence"
    "|account number|sort code|credit card|trade union|union membership|api key|api keys|ssh key|ssh keys|private key|public key"
    "|public keys|access key|secret key|encryption key|license key|recovery key|security key|security question|home address|home street"
    "|home city|home zip|home postal|home phone|home telephone|home mobile|home email|home mail|home secondary|home country"
    "|home contact|personal address|personal email|personal mail|personal phone|personal mobile|personal telephone|personal contact"
    "|personal data|private address|private email|private mail|private phone|private mobile|private telephone|residential address"
    "|residence address|street address|mailing address|postal address|permanent address|second email|secondary email|alternate email"
    "|alternative email|other email|two factor|next kin|background check|date birth|place birth|birth date|first pet|mother maiden"
    "|maiden name|sick days|sick leave|sickness absence|bargaining unit|family status"
)
_PAIRS = tuple(tuple(pair.split()) for pair in _PAIRS_OF_WORDS.split("|"))
_STEMS = tuple(
    fold_words(
        # German
        "gehalt|lohn|vergütung|geburt|geschlecht|konfession|kirchensteuer|familienstand|schwerbehind|behinderung|krankenkasse"
        "|krankenvers|gesundheit|steuernummer|steuer-id|steuerid|steuerklasse|steueridentifikation|sozialversicherung"
        "|rentenversicherung|bankverbindung|kontonummer|kontoinhaber|bankleitzahl|privat|wohnort|wohnadresse|anschrift|staatsangehör"
        "|staatsbürger|nationalität|personalausweis|reisepass|aufenthaltstitel|passwort|kennwort|notfallkontakt|religion"
        "|zugangsschlüssel|api-schlüssel"
        # French
        "|salaire|rémunération|naissance|situation familiale|état civil|handicap|santé|sécurité sociale|numéro de sécu|bancaire"
        "|domicile|adresse personnelle|adresse postale|nationalité|passeport|mot de passe|email personnel|e-mail personnel"
        "|mail personnel|courriel personnel|téléphone personnel|portable personnel|titre de séjour"
        # Spanish
        "|salario|sueldo|remuneración|nacimiento|estado civil|discapacidad|seguridad social|seguro social|pasaporte|cuenta bancaria"
        "|clabe|domicilio|dirección particular|dirección personal|correo personal|email personal|teléfono personal|nacionalidad"
        "|contraseña|religión"
        # Portuguese
        "|salário|remuneração|nascimento|deficiência|saúde|título de eleitor|conta bancária|agência bancária|endereço residencial"
        "|e-mail pessoal|email pessoal|telefone pessoal|celular pessoal|nacionalidade|passaporte|religião|senha"
        # Dutch
        "|salaris|geboorte|leeftijd|geslacht|religie|godsdienst|burgerlijke staat|gezondheid|burgerservicenummer|bankrekening"
        "|rekeningnummer|huisadres|woonadres|privé|nationaliteit|paspoort|wachtwoord"
        # Italian
        "|stipendio|retribuzione|nascita|stato civile|disabilità|codice fiscale|conto corrente|residenza|indirizzo di casa"
        "|email personale|telefono personale|nazionalità|cittadinanza|passaporto|religione"
        # Polish
        "|wynagrodzenie|pensja|urodzen|wyznanie|stan cywilny|niepełnosprawn|konto bankowe|numer konta|adres zamieszkania|adres domowy"
        "|prywatn|narodowość|obywatelstwo|paszport|hasło|pesel"
        # Swedish, Danish, Norwegian, Finnish
        "|månadslön|årslön|grundlön|timlön|månedsløn|årsløn|månedslønn|årslønn|palkka|födelse|fødsel|syntym|sukupuoli|uskonto"
        "|civilstånd|sivilstatus|siviilisääty|hälsotillstånd|personnummer|cpr-nummer|henkilötunnus|bankkonto|pankki|hemadress"
        "|hjemmeadresse|kotiosoite|nationalitet|kansalaisuus|lösenord|adgangskode|passord|salasana"
        # Czech, Turkish, Russian
        "|rodné číslo|narozen|mzda|heslo|maaş|doğum|cinsiyet|kimlik no|зарплат|оклад|рожден|снилс|паспорт|банков|пароль|домашний адрес"
        "|вероисповед"
        # Japanese, Chinese, Korean
        "|給与|給料|賃金|年収|月給|基本給|賞与|生年月日|誕生日|年齢|性別|宗教|配偶者|扶養|障害|健康|マイナンバー|個人番号|社会保険"
        "|雇用保険番号|年金|銀行|口座|住所|自宅|国籍|在留|パスポート|パスワード|暗証|個人メール|緊急連絡先|薪资|薪酬|工资|薪水|奖金"
        "|薪資|獎金|出生|生日|年龄|年齡|性别|民族|婚姻|残疾|殘疾|身份证|身分證|证件号|护照|護照|社保|公积金|税号|银行|卡号|开户行"
        "|家庭住址|住址|家庭地址|籍贯|户口|政治面貌|密码|密碼|密钥|令牌|私人邮箱|个人邮箱|급여|연봉|월급|생년월일|생일|나이|연령|성별"
        "|종교|결혼|장애|건강|주민등록|여권|은행|계좌|집주소|자택|국적|비밀번호|병역|개인이메일"
    )
)
_WHOLE = frozenset(
    fold_words(
        "lön|løn|lønn|alter|âge|sexe|genre|nir|rib|edad|sexo|género|etnia|raza|banco|idade|gênero|rg|raça|endereço|loon|età|sesso"
        "|genere|ral|banca|indirizzo|wiek|płeć|nip|ålder|alder|ikä|kön|køn|kjønn|pass|clave|dirección|adresse|adres|adress|osoite"
        "|address|home|street|streetaddress|religia|zdrowie|konto|salute|santé|salud|plat|пол|инн|возраст|адрес|地址|주소|ssn"
    )
)
_SPLIT = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_private(header: str) -> bool:
    """Whether a column with that header holds what is never read.

    >>> is_private("clientSecret"), is_private("Secretary"), is_private("Geburtsdatum"), is_private("Team")
    (True, False, True, False)
    """
    folded = fold(header)
    if folded in _WHOLE or any(stem in folded for stem in _STEMS):
        return True
    words = [fold(word) for part in _CAMEL.split(header) for word in _SPLIT.findall(part)]
    if not _TOKENS.isdisjoint(words) or folded in _TOKENS:
        return True
    return any(_follow(words, pair) for pair in _PAIRS)


def _follow(words: list[str], pair: tuple[str, ...]) -> bool:
    """Whether the words of ``pair`` stand among ``words`` in their order."""
    left = iter(words)
    return all(word in left for word in pair)
