"""Which subjects are those of automatic replies, in the languages of mail servers, and which are people's."""

from __future__ import annotations

import pytest

from cadence.channels.email.mail_programs import is_absence

#: what Exchange, and others, write before the subject that is answered
PREFIXES = {
    "en": ["Automatic reply", "Out of Office", "Out of Office AutoReply", "Auto-Reply", "OOO"],
    "de": ["Automatische Antwort", "Abwesenheitsnotiz", "Abwesenheit", "Nicht im Büro"],
    "fr": ["Réponse automatique", "Absence du bureau", "Absent du bureau", "Absent(e) du bureau"],
    "es": ["Respuesta automática", "Fuera de la oficina"],
    "pt": ["Resposta automática", "Fora do escritório", "Ausência temporária"],
    "it": ["Risposta automatica", "Fuori sede"],
    "nl": ["Automatisch antwoord", "Afwezig", "Afwezigheidsmelding"],
    "da": ["Automatisk svar", "Autosvar", "Ikke til stede"],
    "sv": ["Autosvar", "Automatiskt svar", "Frånvaro"],
    "no": ["Automatisk svar", "Fravær"],
    "fi": ["Automaattinen vastaus", "Poissaoloilmoitus"],
    "pl": ["Automatyczna odpowiedź", "Autoodpowiedź", "Poza biurem"],
    "cs": ["Automatická odpověď", "Mimo kancelář"],
    "sk": ["Automatická odpoveď", "Mimo kancelárie"],
    "hu": ["Automatikus válasz", "Házon kívül"],
    "ro": ["Răspuns automat", "Raspuns automat"],
    "ru": ["Автоматический ответ", "Автоответ", "Вне офиса"],
    "uk": ["Автоматична відповідь"],
    "bg": ["Автоматичен отговор", "Извън офиса"],
    "el": ["Αυτόματη απάντηση", "Εκτός γραφείου"],
    "tr": ["Otomatik yanıt", "Otomatik Yanıt", "Ofis Dışında"],
    "he": ["מענה אוטומטי", "תשובה אוטומטית"],
    "ar": ["رد تلقائي", "الرد التلقائي"],
    "ja": ["自動応答", "自動返信", "不在通知"],
    "zh": ["自动回复", "自动答复", "自動回覆", "外出", "外出通知"],
    "ko": ["자동 회신", "부재 중"],
    "th": ["ตอบกลับอัตโนมัติ"],
    "vi": ["Trả lời tự động"],
    "id": ["Balasan otomatis"],
    "hr": ["Automatski odgovor"],
    "sl": ["Samodejni odgovor"],
    "et": ["Automaatvastus"],
    "lv": ["Automātiskā atbilde"],
    "lt": ["Automatinis atsakymas"],
    "ca": ["Resposta automàtica"],
    "sr": ["Аутоматски одговор"],
    "fa": ["پاسخ خودکار"],
    "hi": ["स्वचालित उत्तर"],
    "ms": ["Balasan automatik"],
    "is": ["Sjálfvirkt svar"],
}


@pytest.mark.parametrize("language", PREFIXES)
def test_an_absence_note_is_known_in_every_language(language: str) -> None:
    for prefix in PREFIXES[language]:
        for subject in (
            f"{prefix}: Repair before replace",
            f"{prefix} : Re: Repair",
            prefix,
            f"[{prefix}] Repair",
            prefix.upper(),
            f"{prefix}：",
        ):
            assert is_absence(subject), subject


@pytest.mark.parametrize(
    "subject",
    [
        "【自動返信】六時間",
        "Out of Office Re: Six hours",
        "Nieobecność w biurze",
        "Person 7 is out of the office.",
        "AUTO: Person 7 is out of the office (returning 09.11.2026)",
        "Person 7/HQ/Example ist außer Haus.",
        "Anna Meier ist abwesend (Rückkehr am 09.11.2026)",
        "Jean Dupont est absent du bureau jusqu'au 9 novembre",
        "\u200fמענה אוטומטי: x",
        "Out  of\u00a0Office: x",
        "[EXTERNAL] Automatic reply: x",
        "[EXT]: Réponse automatique : x",
        "External: Automatische Antwort: x",
        "*** Extern *** Autosvar: x",
    ],
)
def test_an_absence_note_in_a_whole_sentence_is_known(subject: str) -> None:
    assert is_absence(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Out of office rules",
        "AW: Abwesenheit",
        "SV: Automatisk svar",
        "Out of office rules are unclear",
        "Abwesenheitsregeln",
        "Automatic replies: when may I use them?",
        "Re: Person 7 is out of the office.",
        "Is it true that nobody is out of the office?",
        "Autosvaret fungerar inte",
        "Автоответчик сломан",
        "自動化について",
        "Auto insurance",
        "Absent friends",
        "[EXTERNAL] Re: Automatic reply",
        "External auditors: out of office?",
        "",
    ],
)
def test_a_subject_of_a_person_is_no_absence_note(subject: str) -> None:
    assert not is_absence(subject)
