"""The words by which directories say that an account or an employment is over, in force or to come.

Language -> words with "|" between them; case, accents and signs do not count (``folding.py``). A word that
stands in no table is never guessed at: it is listed in a note. Which column holds such words: ``headers.py``.
"""

from __future__ import annotations

from cadence.files.people_csv.folding import fold_table

CLOSED_BY_LANGUAGE = {
    "en": "inactive|in-active|not active|non-active|no longer active|no longer employed|not employed|unemployed|suspended|deactivated"
    "|de-activated|deprovisioned|disabled|not enabled|terminated|termed|term|termination|deleted|soft deleted|removed|archived"
    "|archive|former|former employee|former member|former worker|former staff|ex-employee|ex|past employee|previous employee"
    "|previously employed|alumni|alumnus|left|left company|left the company|left organisation|left organization|has left|leaver"
    "|gone|departed|exited|exit|resigned|voluntarily resigned|resignation|retired|retiree|retirement|withdrawn|offboarded"
    "|off-boarded|offboarding complete|offboarding completed|ended|employment ended|contract ended|end of contract"
    "|end of employment|contract expired|contract terminated|employment terminated|separated|separation|dismissed|dismissal"
    "|discharged|fired|laid off|lay off|made redundant|redundant|redundancy|released|deceased|dead|died|death|blocked|expired"
    "|closed|quit|cancelled|canceled|revoked|no show|reported no show|did not start|never started|not hired|rescinded"
    "|offer declined|offer withdrawn|declined|discarded|dormant|obsolete|defunct|invalid|voluntary|involuntary"
    "|voluntary termination|involuntary termination|terminated voluntary|terminated involuntary|terminated for cause"
    "|job abandonment|abandoned|retired with pay|terminated with pay|terminated with benefits|terminated pension|disconnected|off"
    "|inactive external|inactive_external|account closed|account disabled|account suspended|account deactivated|user disabled"
    "|user suspended|sign-in blocked",
    "de": "inaktiv|nicht aktiv|nicht mehr aktiv|ausgeschieden|ausgetreten|ehemalig|ehemalige|ehemaliger|ehemaliger mitarbeiter"
    "|ehemalige mitarbeiterin|ehem.|früher|ex-mitarbeiter|gekündigt|hat gekündigt|entlassen|freigesetzt|austritt|abgang|verlassen"
    "|beendet|vertrag beendet|beschäftigung beendet|arbeitsverhältnis beendet|befristung abgelaufen|abgelaufen|gesperrt|deaktiviert"
    "|gelöscht|archiviert|stillgelegt|verstorben|tot|pensioniert|in rente|rentner|rentnerin|im ruhestand|ruhestand|geschlossen"
    "|entfernt|nicht angetreten|storniert|nicht mehr beschäftigt|nicht mehr im unternehmen|aufgehoben|suspendiert|weg",
    "fr": "inactif|inactive|non actif|non active|plus actif|plus active|parti|partie|sorti|sortie|a quitté|a quitté l'entreprise|départ"
    "|ancien|ancienne|ancien employé|ancienne employée|ancien salarié|ancienne salariée|ex-salarié|ex-employé|démissionnaire"
    "|démission|démissionné|a démissionné|licencié|licenciée|licenciement|retraité|retraitée|retraite|à la retraite|décédé|décédée"
    "|suspendu|suspendue|désactivé|désactivée|supprimé|supprimée|archivé|archivée|bloqué|bloquée|clos|close|clôturé|clôturée"
    "|terminé|terminée|contrat terminé|fin de contrat|rupture conventionnelle|rompu|expiré|expirée|résilié|résiliée|radié|radiée"
    "|révoqué",
    "es": "inactivo|inactiva|no activo|no activa|ya no activo|de baja definitiva|baja definitiva|baja voluntaria|dado de baja"
    "|dada de baja|baja|cesado|cesada|cese|despedido|despedida|despido|renunció|renuncia|renunciado|dimitido|dimisión|jubilado"
    "|jubilada|jubilación|fallecido|fallecida|finalizado|finalizada|contrato finalizado|fin de contrato|terminado|terminada"
    "|retirado|retirada|ex empleado|exempleado|exempleada|ex empleada|antiguo|antigua|antiguo empleado|antigua empleada"
    "|desvinculado|desvinculada|suspendido|suspendida|desactivado|desactivada|deshabilitado|deshabilitada|inhabilitado|eliminado"
    "|eliminada|borrado|archivado|archivada|bloqueado|bloqueada|cerrado|cerrada|caducado|vencido|anulado|anulada|liquidado"
    "|liquidada",
    "pt": "inativo|inativa|inactivo|não ativo|não ativa|desligado|desligada|desligamento|demitido|demitida|demissão|dispensado"
    "|dispensada|pediu demissão|exonerado|exonerada|aposentado|aposentada|reformado|reformada|falecido|falecida|rescindido"
    "|rescindida|rescisão|contrato encerrado|encerrado|encerrada|terminado|terminada|saiu|saída|saiu da empresa|ex-funcionário"
    "|ex-funcionária|ex-colaborador|ex-colaboradora|ex-empregado|antigo|antiga|suspenso|suspensa|desativado|desativada|desabilitado"
    "|desabilitada|excluído|excluída|eliminado|arquivado|arquivada|bloqueado|bloqueada|cancelado|cancelada|expirado|cessado|cessada"
    "|fim de contrato",
    "nl": "inactief|niet actief|niet meer actief|uit dienst|uitdienst|uit dienst getreden|vertrokken|ontslagen|ontslag|ontslag genomen"
    "|opgezegd|gepensioneerd|met pensioen|pensioen|overleden|voormalig|voormalige|voormalig medewerker|ex-medewerker|oud-medewerker"
    "|oud medewerker|beëindigd|contract beëindigd|einde contract|dienstverband beëindigd|afgelopen|verlopen|geschorst|gedeactiveerd"
    "|uitgeschakeld|verwijderd|gearchiveerd|geblokkeerd|gesloten|ingetrokken|opgeheven|weg",
    "it": "inattivo|inattiva|non attivo|non attiva|non più attivo|non più attiva|cessato|cessata|cessazione|dimesso|dimessa"
    "|dimissionario|dimissionaria|dimissioni|licenziato|licenziata|licenziamento|pensionato|pensionata|in pensione|deceduto"
    "|deceduta|uscito|uscita|ex dipendente|ex-dipendente|ex collaboratore|terminato|terminata|concluso|conclusa|contratto concluso"
    "|contratto scaduto|scaduto|scaduta|fine contratto|sospeso|sospesa|disattivato|disattivata|disabilitato|disabilitata|eliminato"
    "|eliminata|archiviato|archiviata|bloccato|bloccata|chiuso|chiusa|revocato|annullato|rimosso|rimossa",
    "pl": "nieaktywny|nieaktywna|nieaktywne|nie aktywny|zwolniony|zwolniona|zwolnienie dyscyplinarne|odszedł|odeszła|były|była"
    "|były pracownik|była pracownica|emeryt|emerytka|na emeryturze|emerytura|zmarły|zmarła|zakończony|zakończona|zakończone"
    "|umowa zakończona|umowa wygasła|wygasły|wygasł|wygasła|rozwiązana|umowa rozwiązana|wypowiedzenie złożone i zakończone"
    "|zawieszony|zawieszona|dezaktywowany|dezaktywowana|wyłączony|wyłączona|usunięty|usunięta|zarchiwizowany|zarchiwizowana"
    "|zablokowany|zablokowana|zamknięty|zamknięta|niezatrudniony|niezatrudniona|anulowany",
    "sv": "inaktiv|ej aktiv|inte aktiv|slutat|har slutat|slutade|avslutad|avslutat|avgått|avgången|uppsagd|avskedad|pensionerad"
    "|i pension|pensionär|avliden|tidigare|tidigare anställd|före detta|f.d.|ex-anställd|ej anställd|anställning avslutad|avstängd"
    "|inaktiverad|borttagen|raderad|arkiverad|spärrad|stängd|utgången|upphört",
    "da": "inaktiv|ikke aktiv|fratrådt|stoppet|har forladt|opsagt|afskediget|fyret|bortvist|pensioneret|på pension|afdød|død|tidligere"
    "|tidligere ansat|tidligere medarbejder|ophørt|afsluttet|suspenderet|deaktiveret|slettet|arkiveret|spærret|lukket|udløbet"
    "|ikke ansat",
    "no": "inaktiv|ikke aktiv|sluttet|har sluttet|fratrådt|oppsagt|sagt opp|avskjediget|pensjonert|pensjonist|avdød|død|tidligere"
    "|tidligere ansatt|avsluttet|opphørt|suspendert|deaktivert|slettet|arkivert|sperret|stengt|utløpt|ikke ansatt",
    "fi": "ei aktiivinen|epäaktiivinen|passiivinen|lopettanut|irtisanottu|irtisanoutunut|eronnut|eläkkeellä|eläköitynyt|kuollut|entinen"
    "|entinen työntekijä|päättynyt|työsuhde päättynyt|poistettu|poistunut|arkistoitu|estetty|suljettu|keskeytetty|lähtenyt"
    "|vanhentunut",
    "cs": "neaktivní|bývalý|bývalá|ukončen|ukončena|ukončený|propuštěn|propuštěna|odešel|odešla|v důchodu|zemřel|zemřela|pozastaven"
    "|pozastaveno|deaktivován|deaktivováno|smazán|archivován|zablokován|uzavřen",
    "tr": "pasif|aktif değil|ayrıldı|işten ayrıldı|ayrılmış|istifa|istifa etti|emekli|vefat|vefat etti|eski çalışan|eski|çıkarıldı"
    "|işten çıkarıldı|sona erdi|askıya alındı|devre dışı|silindi|arşivlendi|engellendi|kapalı|feshedildi",
    "ru": "неактивен|неактивный|неактивна|не активен|уволен|уволена|уволился|уволилась|бывший|бывшая|бывший сотрудник|на пенсии"
    "|пенсионер|умер|умерла|завершен|завершено|приостановлен|приостановлено|отключен|отключена|удален|удалена|архив|в архиве"
    "|заблокирован|заблокирована|закрыт|не работает",
    "ja": "退職|退職済|退職済み|退職者|元社員|退社|退社済|退社済み|離職|離職済|解雇|定年退職|死亡|死亡退職|停止|利用停止|停止中|無効"
    "|無効化|無効化済み|削除|削除済|削除済み|終了|契約終了|契約満了|満了|アーカイブ|アーカイブ済み|アーカイブ済|非アクティブ"
    "|アクティブでない|凍結|ロック解除不可|除籍|抹消|使用停止|在籍なし|休止",
    "zh": "离职|已离职|離職|已離職|辞职|已辞职|辭職|解雇|已解雇|辞退|已辞退|开除|退休|已退休|去世|已故|终止|已终止|終止|合同终止"
    "|合同到期|已终止合同|停用|已停用|禁用|已禁用|停職|停职|注销|已注销|冻结|已冻结|删除|已删除|刪除|归档|已归档|封存|非在职|不在职"
    "|前员工|前員工|无效|無效|失效|已失效|非活动|未激活用户|暂停|已暂停|关闭|已关闭|非活跃|不活跃",
    "ko": "퇴사|퇴사자|퇴직|퇴직자|퇴사함|해고|은퇴|정년퇴직|사망|비활성|비활성화|비활성화됨|정지|중지|정지됨|종료|계약종료|계약만료"
    "|삭제|삭제됨|보관|보관됨|차단|차단됨|사용중지|전직원",
}
ACTIVE_BY_LANGUAGE = {
    "en": "active|activated|enabled|employed|current|current employee|currently employed|working|actively employed|active employee"
    "|at work|live|in service|on duty|open|ok|present|confirmed|valid|approved|accepted|registered|on leave|leave|leave of absence"
    "|loa|active leave|paid leave|unpaid leave|leave with pay|leave without pay|parental leave|maternity|maternity leave"
    "|paternity leave|sick leave|medical leave|disability leave|family leave|adoption leave|carers leave|study leave|military leave"
    "|fmla|sabbatical|garden leave|gardening leave|furlough|furloughed|long term absence|long-term sick|absent|out of office"
    "|vacation|holiday|secondment|seconded|on assignment|probation|probationary|on probation|in probation|notice|notice period"
    "|serving notice|on notice|under notice|notice given|leaving|offboarding|pending termination|locked|locked out|password expired"
    "|recovery|password reset|rehired|rehire|transferred|hired and active|member|full member|regular member|admin|owner"
    "|primary owner|org owner|org primary owner|org admin|workspace owner|workspace admin|workspace primary owner|user|licensed"
    "|unlicensed|online|local account|native|synced",
    "de": "aktiv|beschäftigt|angestellt|in beschäftigung|im dienst|vorhanden|freigeschaltet|beurlaubt|elternzeit|in elternzeit"
    "|mutterschutz|abwesend|krank|langzeitkrank|sonderurlaub|unbezahlter urlaub|sabbatjahr|probezeit|in probezeit|freigestellt"
    "|kurzarbeit|ruhend|in kündigung|passiv|altersteilzeit|aktives arbeitsverhältnis|urlaub|mitglied|aktiver mitarbeiter",
    "fr": "actif|active|en poste|en activité|présent|présente|employé|employée|salarié|salariée|en congé|congé|congé parental"
    "|congé maternité|congé maladie|congé sans solde|arrêt maladie|absent|absente|période d'essai|préavis|en préavis|activé|activée"
    "|membre",
    "es": "activo|activa|empleado|empleada|en activo|en alta|alta|vigente|contratado|contratada|de permiso|permiso|licencia|en licencia"
    "|de vacaciones|vacaciones|excedencia|baja médica|baja por enfermedad|baja maternal|baja temporal|incapacidad temporal"
    "|permiso parental|periodo de prueba|en periodo de prueba|habilitado|habilitada|miembro",
    "pt": "ativo|ativa|activo|activa|empregado|empregada|contratado|contratada|em atividade|trabalhando|vigente|férias|de férias"
    "|licença|em licença|de licença|licença maternidade|licença médica|afastado|afastada|afastamento|experiência|em experiência"
    "|aviso prévio|habilitado|habilitada|membro|em efetivo",
    "nl": "actief|in dienst|werkzaam|aangesteld|met verlof|verlof|ouderschapsverlof|zwangerschapsverlof|ziek|ziekteverlof|afwezig"
    "|proeftijd|in proeftijd|onbetaald verlof|vakantie|ingeschakeld|lid",
    "it": "attivo|attiva|in servizio|in forza|impiegato|impiegata|assunto|assunta|in congedo|congedo|congedo parentale|in aspettativa"
    "|aspettativa|maternità|in maternità|malattia|in malattia|ferie|in ferie|assente|in prova|periodo di prova|preavviso|abilitato"
    "|abilitata|membro",
    "pl": "aktywny|aktywna|aktywne|zatrudniony|zatrudniona|pracuje|obecny|obecna|na urlopie|urlop|urlop macierzyński|urlop rodzicielski"
    "|urlop bezpłatny|urlop wychowawczy|zwolnienie lekarskie|nieobecny|nieobecna|okres próbny|na okresie próbnym"
    "|w okresie wypowiedzenia|okres wypowiedzenia|włączony|członek",
    "sv": "aktiv|anställd|i tjänst|i arbete|tjänstledig|föräldraledig|sjukskriven|ledig|frånvarande|semester|provanställd"
    "|provanställning|uppsägningstid|aktiverad|medlem",
    "da": "aktiv|ansat|i arbejde|orlov|på orlov|barsel|på barsel|sygemeldt|ferie|fraværende|prøvetid|i opsigelse|opsigelsesperiode"
    "|aktiveret|medlem",
    "no": "aktiv|ansatt|i arbeid|permisjon|i permisjon|foreldrepermisjon|permittert|sykmeldt|ferie|fraværende|prøvetid|oppsigelsestid"
    "|aktivert|medlem",
    "fi": "työsuhde päättyy|päättymässä|irtisanomisajalla"
    "|aktiivinen|työsuhteessa|töissä|palveluksessa|vapaalla|virkavapaalla|opintovapaalla|äitiysvapaa|vanhempainvapaa"
    "|vanhempainvapaalla|sairauslomalla|lomalla|lomautettu|koeaika|koeajalla|irtisanomisaika|jäsen|käytössä",
    "cs": "aktivní|zaměstnán|zaměstnána|zaměstnaný|v pracovním poměru|mateřská dovolená|rodičovská dovolená|dovolená|nemocenská"
    "|zkušební doba|ve výpovědní době|neplacené volno",
    "tr": "aktif|çalışıyor|çalışan|izinli|izinde|doğum izni|ücretsiz izin|raporlu|deneme süresi|etkin",
    "ru": "активен|активный|активна|работает|в штате|в отпуске|отпуск|декрет|в декрете|декретный отпуск|больничный|на больничном"
    "|испытательный срок|включен|действует",
    "ja": "在籍|在籍中|在職|在職中|有効|有効化済み|アクティブ|利用中|使用中|勤務中|現役|休職|休職中|育休|育休中|育児休業|育児休業中"
    "|産休|産休中|産前産後休業|介護休業|休暇|休暇中|試用期間|試用期間中|出向|出向中|退職予定|メンバー|承認済み|稼働中",
    "zh": "在职|在職|在岗|在崗|在册|启用|已启用|啟用|有效|激活|已激活|活动|活跃|使用中|正常|休假|休假中|请假|产假|病假|陪产假|试用"
    "|试用期|試用期|实习期|停薪留职|待离职|离职中|待離職|成员|成員|已转正|转正",
    "ko": "재직|재직중|재직자|근무|근무중|활성|활성화|활성화됨|사용중|정상|휴직|휴직중|육아휴직|출산휴가|병가|휴가|수습|수습기간|파견중"
    "|퇴사예정|멤버",
}
#: nobody yet: an account that was never used, an invitation that was not taken, an employment that has not begun
NOT_YET_BY_LANGUAGE = {
    "en": "staged|provisioned|invited|invited member|invitation sent|invite sent|invite pending|invitation pending|pending"
    "|pending activation|pending invitation|pending invite|pending acceptance|pending user action|pending start|pending hire"
    "|pre-hire|prehire|pre-start|preboarding|pre-boarding|future hire|future starter|future start|future dated|not started"
    "|not yet started|not yet active|not activated|never logged in invitation|offer|offer accepted|offer sent|offer extended"
    "|candidate|applicant|awaiting activation|awaiting approval|requested|draft|unconfirmed|upcoming|scheduled|pending worker"
    "|contract pending",
    "de": "eingeladen|einladung versendet|ausstehend|einladung ausstehend|vor eintritt|noch nicht eingetreten|zukünftig|künftig"
    "|bewerber|bewerberin|angebot|noch nicht aktiv|noch nicht begonnen|preboarding|entwurf",
    "fr": "invité en attente|invitation envoyée|invitation en attente|en attente|à venir|pas encore commencé|pré-embauche|candidat"
    "|candidate|futur salarié|embauche prévue|non démarré|brouillon",
    "es": "invitado pendiente|invitación enviada|invitación pendiente|pendiente|pendiente de activación|preingreso|precontratación"
    "|por ingresar|futuro ingreso|candidato|candidata|no iniciado|borrador|próximo ingreso",
    "pt": "convite enviado|convite pendente|pendente|pré-admissão|a admitir|admissão futura|candidato|candidata|não iniciado"
    "|aguardando ativação|aguardando|rascunho",
    "nl": "uitgenodigd|uitnodiging verstuurd|in afwachting|toekomstig|nog niet in dienst|nog niet gestart|sollicitant|kandidaat|concept",
    "it": "invitato|invitata|invito inviato|in attesa|in attesa di attivazione|preassunzione|pre-assunzione|candidato|candidata"
    "|assunzione futura|non iniziato|bozza",
    "pl": "zaproszony|zaproszona|zaproszenie wysłane|oczekujący|oczekująca|oczekuje|przyszły pracownik|kandydat|kandydatka"
    "|przed zatrudnieniem|jeszcze nie rozpoczął",
    "sv": "inbjuden|inbjudan skickad|väntande|väntar|ej börjat|inte börjat|kommande|kandidat",
    "da": "inviteret|invitation sendt|afventer|afventende|ikke startet|kommende|kandidat",
    "no": "invitert|invitasjon sendt|venter|avventer|ikke begynt|ikke startet|kommende|kandidat",
    "fi": "kutsuttu|kutsu lähetetty|odottaa|ei aloittanut|tuleva|hakija",
    "cs": "pozván|pozvána|čeká|čekající|nenastoupil|budoucí|kandidát",
    "tr": "davet edildi|beklemede|bekliyor|başlamadı|aday",
    "ru": "приглашен|приглашена|приглашение отправлено|ожидает|ожидание|не приступил|кандидат",
    "ja": "招待済み|招待済|招待中|招待|保留|保留中|入社前|入社予定|内定|内定者|採用予定|未開始|仮登録|承認待ち|候補者",
    "zh": "已邀请|邀请中|待邀请|待入职|未入职|待激活|未激活|拟录用|候选人|待定|待审批|已邀請|待入職",
    "ko": "초대됨|초대중|대기|대기중|입사예정|입사전|채용예정|후보자|승인대기",
}
#: hired: here from the first day on, not before
_STARTING = {
    "en": "onboarding|on-boarding|new hire|new starter|starter|joiner|joining|hired|hire|new employee",
    "de": "onboarding|neueinstellung|eingestellt|neuzugang|im onboarding",
    "fr": "intégration|en intégration|embauché|embauchée|nouveau|nouvelle|nouvel arrivant",
    "es": "incorporación|en incorporación|nuevo ingreso|nueva incorporación",
    "pt": "integração|em integração|admitido|admitida|recém-contratado|em admissão",
    "nl": "aangenomen|nieuw in dienst|onboarding",
    "it": "inserimento|in inserimento|neoassunto|neoassunta",
    "pl": "wdrażanie|wdrożenie|nowo zatrudniony|nowo zatrudniona|przyjęty|przyjęta",
    "sv": "nyanställd|introduktion",
    "da": "nyansat|under oplæring",
    "no": "nyansatt",
    "fi": "uusi työntekijä|perehdytyksessä",
    "ja": "入社手続き中|新入社員|オンボーディング中|新規採用",
    "zh": "入职中|新员工|新入职|办理入职",
    "ko": "입사절차중|신규입사|신입",
}
#: an account that is no human
_NO_HUMAN = {
    "en": "bot|app|application|service account|service user|system account|system user|shared mailbox|room mailbox|resource|room"
    "|equipment|integration user|test account|test user|robot|machine|functional account|mail contact|distribution list|group",
    "de": "dienstkonto|dienst-konto|systemkonto|technischer benutzer|funktionskonto|gruppenpostfach|raum|roboter|testkonto",
    "fr": "compte de service|compte système|boîte partagée|robot|salle",
    "es": "cuenta de servicio|buzón compartido|robot|sala",
    "pt": "conta de serviço|caixa compartilhada|robô|sala",
    "nl": "serviceaccount|systeemaccount|gedeelde mailbox|functioneel account",
    "it": "account di servizio|casella condivisa|risorsa",
    "pl": "konto usługi|konto techniczne|konto systemowe|skrzynka współdzielona",
    "sv": "tjänstekonto|systemkonto|funktionskonto",
    "ja": "ボット|サービスアカウント|共有メールボックス|会議室|システムアカウント",
    "zh": "机器人|服务账号|服务帐户|共享邮箱|系统账号",
}

CLOSED = fold_table(CLOSED_BY_LANGUAGE)
ACTIVE = fold_table(ACTIVE_BY_LANGUAGE)
NOT_YET = fold_table(NOT_YET_BY_LANGUAGE)
STARTING = fold_table(_STARTING)
NO_HUMAN = fold_table(_NO_HUMAN)

_YES = {
    "en": "true|yes|y|1|x|on|wahr|1.0|t",
    "others": "ja|j|oui|o|vrai|sí|si|s|verdadero|sim|verdadeiro|waar|vero|tak|prawda|sant|sand|sann|kyllä|tosi|k|ano|pravda|evet|doğru"
    "|да|истина|はい|有|真|是|对|예|네|참",
}
_NO = {
    "en": "false|no|n|0|falsch|0.0|f",
    "others": "nein|non|faux|falso|não|nee|onwaar|nie|fałsz|nej|nei|falskt|falsk|usann|ei|epätosi|ne|nepravda|hayır|yanlış|нет|ложь"
    "|いいえ|無|偽|否|不是|아니오|아니요|거짓",
}
YES = fold_table(_YES)
NO = fold_table(_NO)
#: signs that folding drops
YES_SIGNS = frozenset("✓✔☑○◯●")
NO_SIGNS = frozenset("✗✘×☐❌✕")

#: the codes of one letter that PeopleSoft and ADP export
LETTERS = {"a": ACTIVE, "l": ACTIVE, "p": ACTIVE, "i": CLOSED, "t": CLOSED, "r": CLOSED, "d": CLOSED, "s": CLOSED, "u": CLOSED, "q": CLOSED}
