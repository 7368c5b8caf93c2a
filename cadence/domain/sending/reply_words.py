"""The words by which mail servers tell why they refuse, as one ordered table: the first that fits decides.

Pure data. Words about us stand before words about the recipient, because a server that checks our sender says "no such
user" of us. Codes and what follows from a cause: ``reply_verdict``. Each line was seen in the wild in this or a like form.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Cause(StrEnum):
    """Why a server refuses, in one word; the remedy that an admin is told hangs on it."""

    # about us
    RELAY = "relay"
    LOGIN = "login"
    SENDER = "sender"
    BLOCKLIST = "blocklist"
    HELLO_NAME = "hello_name"
    AUTHENTICATION = "authentication"
    QUOTA = "quota"
    POLICY = "policy"
    SERVICE = "service"
    # about one mailbox
    NO_MAILBOX = "no_mailbox"
    CLOSED = "closed"
    ACCESS_DENIED = "access_denied"
    UNAVAILABLE = "unavailable"
    FULL = "full"
    ROUTE = "route"
    RESTRICTED = "restricted"
    # about this message
    SIZE = "size"
    FORMAT = "format"
    # about the moment
    MAILBOX_RATE = "mailbox_rate"
    RATE = "rate"
    PASSING = "passing"
    #: permanent, and neither code nor words say why
    UNKNOWN = "unknown"


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


#: who a sentence speaks of when it speaks of the recipient
_WHO = r"(?:user|recipients?|mail ?box|address(?:es)?|account|customer|person|destinat(?:ion|aire)|local[- ]part|e-?mail|rcpt|name)"

#: words that decide whatever the code is
DECIDING: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (
        Cause.MAILBOX_RATE,
        _words(
            r"receiving (?:e?mail|messages) (?:at a rate|too quickly|too fast)",
            r"at a rate that prevents",
            r"ReceivingRate",
            r"(?:recipient|mailbox|user) (?:has )?(?:received|is receiving|exceeded)[^.]{0,40}(?:rate|too many (?:messages|mails))",
        ),
    ),
    (
        # one mailbox or group that takes mail from some only (Exchange's RESOLVER.RST and 5.7.12x, 5.7.13x)
        Cause.RESTRICTED,
        _words(
            r"RESOLVER\.RST",
            r"RestrictedToRecipients|RecipNotAllowed|SenderNotAuthenticatedFor",
            r"not authori[sz]ed to send (?:e?mail )?to (?:this|the|that) (?:recipient|mailbox|group|address|distribution|user)",
            r"permission to send (?:e?mail |messages )?to (?:this|the|that) (?:recipient|mailbox|group|address|distribution|user)",
            r"(?:recipient|mailbox|group|user|address|list)[^.\n]{0,30} only accepts? (?:e?mails?|messages) from",
            r"(?:recipient|mailbox|group|user|address)[^.\n]{0,40} (?:does not|doesn't) accept (?:e?mails?|messages) from"
            r" (?:you|this sender|outside|external)",
            r"recipient has (?:blocked|rejected) (?:this|the|your) sender|blocked by (?:the )?(?:recipient|user)",
            r"non-?member[^.\n]{0,40}members?-only|not (?:allowed|permitted) to post to (?:this|the) (?:mailing )?(?:list|group)",
            r"restricted to (?:certain|approved|authori[sz]ed|internal) senders",
        ),
    ),
    (
        Cause.QUOTA,
        _words(
            r"(?:sending|relay|message|submission|sender) (?:limit|quota)s? (?:has been |is |was )?exceeded",
            r"daily .{0,30}(?:limit|quota)",
            r"STOREDRV\.(?:Client)?Submi",
            r"exceeded (?:(?:the|your|its|his) )?(?:\w+ ){0,3}(?:sending|outgoing|outbound|hourly|daily|monthly"
            r"|relay)[\w ]{0,20}(?:limit|quota|rate)?",
            r"(?:hourly|daily|monthly|outgoing|outbound)[\w ]{0,30}(?:limit|quota)[\w ]{0,20}(?:exceeded|reached)",
            r"(?:plan|trial|account)'?s? (?:sending )?(?:limit|credits?|quota)[\w ]{0,20}(?:exceeded|reached"
            r"|exhausted)|maximum credits exceeded",
        ),
    ),
    (
        # not "unverified address" of a recipient, which Postfix says while it looks
        Cause.SENDER,
        _words(
            r"sender(?: address| domain)? (?:has|have) no |sender verif|verify (?:the |your )?(?:envelope )?sender",
            r"\bsending (?:user|account|mail ?box|address)|(?<!find )(?<!reach )(?<!locate )your (?:sending |domain "
            r"|mail |smtp |own )*(?:account|mail ?box)\b",
            r"sender(?:'s)?(?: e-?mail)?(?: address)?[^.\n]{0,60}\b(?:rejected|denied|refused|not (?:exist|found"
            r"|allowed|permitted|owned|verified"
            r"|accepted|listed|registered|known|valid)|unknown|invalid|blocked|unroutable|unrouteable|unresolv\w+"
            r"|does(?: not|n't) (?:exist|resolve))",
            r"(?:invalid|bad|unknown|unverified|unroutable|unrouteable|unresolvable|null|empty|forged|spoofed"
            r"|illegal) (?:envelope )?sender",
            r"mail ?box[^.\n]{0,60} of the sender|sender domain|domain of (?:the )?sender|sending domain|from domain"
            r"|domain of (?:e?mail )?from",
            r"(?:envelope|header|mail) ?from[^.\n]{0,60}(?:invalid|reject|denied|refus|not (?:allow|own|match|verif"
            r"|permit|exist|authori|valid))",
            r"from(?:[: -]*address| header| field)[^.\n]{0,60}(?:not|invalid|verif|reject|mismatch)",
            r"send(?:ing)? (?:e?mail |messages )?as (?:this|the|that) (?:sender|user|address)|SendAsDenied|send ?-?as ?denied",
            r"(?:not allowed|not permitted|not authori[sz]ed|no permission) to (?:send|use)[^.\n]{0,30}(?: as | from |sender)",
            r"(?:address|identity|domain)(?:es)? (?:is|are) not verified|verified sender|sender identity|sender signature",
            r"(?:call-?back|call-?out|return[- ]path|reverse[- ]path)[^.\n]{0,40}(?:fail|verif|invalid|reject|refus"
            r"|not exist|does(?: not|n't) exist)",
            r"not owned by (?:user|auth)|mail from must equal|expediteur|expéditeur|emetteur invalide|absender(?:adresse)? ",
            r"verification failed for[\s\S]{0,200}sender",
        ),
    ),
    (
        Cause.LOGIN,
        _words(
            r"(?:require|need|want)s?(?: an?| smtp| valid| to| prior| first| ehlo and| helo and)*[ -](?:auth|log ?in|sign ?in)",
            r"auth\w*(?: is| are)? (?:required|needed|necessary|mandatory|first)",
            r"must (?:first )?(?:authenticate|log ?in|sign ?in|issue|be authenticated|use auth|use smtp auth|check)",
            r"(?:please|you need to|you have to|you should|try to)[\w ,]{0,20} (?:authenticate|log ?in first|log ?on|use smtp auth\w*)",
            r"(?:not|un|isn't|wasn't) ?(?:yet )?(?:authenticated|logged ?(?:in|on))(?! mail| email| message|,| senders?\b)",
            r"log ?in first|authenticate (?:yourself|first)|smtp[- ]?auth\b|pop[- ]?before[- ]?smtp"
            r"|check (?:for new )?mail first|pop3? first",
            r"(?:authentication|login|credentials?|password|username|access token)[\w ]{0,30}(?:fail|invalid"
            r"|incorrect|unsuccessful|reject|expired|denied)",
            r"(?:invalid|bad|wrong|incorrect) (?:login|credentials|password|user ?name|authentication)",
            r"basic authentication is disabled|application-specific password|authorization (?:required|failed)",
            r"cleartext (?:login|auth\w*|not)|must issue a starttls|(?:tls|encryption|starttls|ssl)[\w ]{0,20}(?:is "
            r"|are )?(?:required|needed)",
        ),
    ),
    (
        # but not Postfix's "User unknown in relay recipient table"
        Cause.RELAY,
        _words(
            r"relay(?:ing)?[ -](?:e?mail |messages )?(?:through|via|by)\b",
            r"relay(?:ing)?(?: ?(?:of|to|for|from)[^.\n]{0,80}?)? ?(?:operation |access |is |was |are |has been )*"
            r"(?:denied|not (?:permitted|allowed|supported|possible|accepted|authori[sz]ed|enabled|available)"
            r"|prohibited|refused|rejected|disabled"
            r"|disallowed|forbidden|restricted|blocked)",
            r"(?:not|n't|un|never|without|no|deny|denied|refus\w+|reject\w*|cannot|permission|permitted|allowed|authori[sz]ed)"
            r"[\w ']{0,20} ?(?:to |able to )?relay(?! recipient table)",
            r"(?:open|third[- ]party|mail|smtp|insecure(?: mail)?|as a) relay\b(?! recipient table)",
            r"rcpt ?hosts",
            r"(?:domain|host)\b[^.\n]{0,60}(?:not|n't) (?:in|on|one of|among|part of) (?:my|our|the) (?:list|domains?|local|hosted|served)",
            r"(?:do not|don't|does not|doesn't|will not|won't|cannot|can't) (?:accept|handle|take|deliver"
            r"|process) (?:e?mail|messages) (?:for|to)"
            r" (?:this|that|the|your|external|remote|other|non-local|outside)[\w -]{0,20}(?:domain|host|destination|address)",
            r"not (?:a )?(?:local|hosted) (?:domain|host)\b|domain (?:is )?not (?:hosted|local|served|handled|accepted|allowed)"
            r"|not one of our domains|non-local (?:domain|recipient|e-?mail|destination)",
            r"TenantAttribution|(?:transfert?|relais|relayage)[^.\n]{0,40}(?:interdit|refus|non autoris|impossible|d[eé]sactiv)",
            r"weiterleit\w+[^.\n]{0,30}(?:nicht|verweigert|abgelehnt)|relay\w*[^.\n]{0,30}(?:nicht|verweigert|verboten|abgelehnt)",
            r"(?:retransmisi[oó]n|reenv[ií]o|reencaminhamento|inoltro|retransmiss[aã]o|relay)[^.\n]{0,40}(?:no permitid|denegad"
            r"|prohibid|n[aã]o permitid"
            r"|negad|proibid|non (?:consentit|permess|autorizzat)|negat|vietat|niet toegestaan|geweigerd|zabronion|niedozwolon)",
            r"пересылка[^.\n]{0,30}(?:запрещен|не разрешен)|(?:中継|リレー)[^。\n]{0,20}(?:許可されていません|拒否|禁止)",
            r"(?:中继|转发)[^。\n]{0,20}(?:拒绝|禁止|不允许)",
        ),
    ),
    (
        Cause.BLOCKLIST,
        _words(
            r"black[- ]?list|block[- ]?list|deny[- ]?list|grey ?hole|\b(?:dns|u|ip|s)?[rdb]*bls?\b|\bdnsbl|\brbl",
            r"spamhaus|spamcop|sorbs|barracudacentral|senderscore|uceprotect|abuseat|mxtoolbox|senderbase|cloudmark|ipcheck\.proofpoint",
            r"blocked (?:using|by [\w.-]+\.(?:org|net|com)|due to|because|for (?:spam|abuse)|from (?:sending|this))",
            r"\b(?:your |client |sender |sending |source |connecting |this |the )?(?:ip|network|subnet|server)(?: address(?:es)?)?\b"
            r"[^.\n]{0,60}\b(?:is |are |was |were |has been |been )*(?:blocked|banned|refused|denied|reject\w*"
            r"|abus\w+|suspicious|untrusted|listed)",
            r"(?:block|bann|refus|reject|den[yi])\w*[^.\n]{0,30}\b(?:your|client|sending|source) (?:ip|host|server|network|address)",
            r"(?:not|n't) (?:in|on) (?:our|the|my) (?:white|allow)[- ]?list|no such host in|\bmail from (?:\[?\d+\."
            r"|host|your)[^\n]{0,40}(?:reject|refus|block|den)",
            r"reputation|banned sending ip|S3140|S3150|\bCS01\b|\bB0-0\b",
            r"client (?:host|ip)[^\n]{0,80}(?:rejected|blocked|refused|denied)",
            r"(?<!not )(?<!never )\b(?:is )?listed (?:at|in|on|by|as) ",
            r"reverse[- ]?(?:dns|hostname|lookup|name)|\br ?dns\b|\bptr\b|(?:find|resolve) your (?:reverse )?(?:hostname|host|ip|address)",
            r"dynamic (?:ip|address|host)|residential ip|part of their network|not (?:currently )?accepting (?:e?mail|messages) from your",
            r"spam(?:s|mer)? from your (?:ip|host|server|network)|your (?:ip|host|server|network)[^.\n]{0,40}spam|unauthori[sz]ed host",
        ),
    ),
    (
        Cause.HELLO_NAME,
        _words(
            r"\b(?:helo|ehlo)\b[^.\n]{0,60}(?:reject|invalid|bad|mismatch|not|need|require|fail|refus|denied|must"
            r"|syntax|wrong|forged|illegal)",
            r"(?:invalid|bad|wrong|illegal|forged|unacceptable|missing|unresolvable|syntactically invalid)[^.\n]{0,40}\b(?:helo|ehlo)\b",
            r"\((?:ehlo|helo)\)|need(?:s)? (?:a )?fully[- ]qualified (?:host|domain)|host ?name is (?:not|in)valid",
        ),
    ),
    (
        Cause.AUTHENTICATION,
        _words(
            r"\bspf\b|\bdkim\b|\bdmarc\b|\barc\b fail",
            r"unauthenticated (?:e?mail|messages?|senders?)|not authenticated,? |sender authentication"
            r"|domain authentication|anti-?spoof|spoofing",
        ),
    ),
    (
        Cause.FULL,
        _words(
            r"(?:mail ?box|inbox|account|folder|recipient|user|maildir)[^.\n]{0,50}\b(?:is |are |was |been )*(?:too )?full\b",
            r"(?:over|out of|exceed\w*|beyond|above|insufficient)[^.\n]{0,50}\b(?:quota|storage|disk ?space|mailbox (?:size|limit|space))",
            r"(?:quota|storage|disk ?space|mailbox (?:size|limit|space)|space|allocation)[^.\n]{0,40}(?:exceeded"
            r"|exhausted|full\b|reached|insufficient)",
            r"over ?quota|QuotaExceeded|mailbox size limit|not enough (?:disk )?(?:space|storage)|no (?:disk )?space"
            r"|boite pleine|boîte pleine"
            r"|postfach (?:ist )?voll|buz[oó]n lleno|casella piena|caixa (?:postal )?cheia",
        ),
    ),
    (
        Cause.SIZE,
        _words(
            r"(?:message|mail|e-?mail|body|attachments?|content)(?: size)?[^.\n]{0,40}(?:too (?:big|large|long)"
            r"|exceed\w*[^.\n]{0,40}(?:size|limit|maximum))",
            r"(?:maximum|max|fixed|permitted|allowed)[\w ]{0,20} (?:message|mail) size|size limit|too (?:big"
            r"|large) for|message too (?:big|large)",
        ),
    ),
    (
        # what this message holds or how it is built; another one to the same address may pass
        Cause.FORMAT,
        _words(
            r"\b(?:attach(?:ed|ment)s?|file ?(?:names?|types?|extensions?)|files|mime|content[- ]types?)\b[^\n]{0,60}"
            r"(?:not (?:allowed|permitted|accepted|supported)|disallowed|prohibited|forbidden|blocked|banned|rejected|refused|denied)"
            r"(?! (?:by|due to|for|because|as)[^.\n]{0,30}(?:spam|reputation))",
            r"(?:prohibited|forbidden|blocked|banned|disallowed|unacceptable|dangerous"
            r"|executable) (?:file|attachment|extension|content type)",
            r"(?:malformed|invalid|illegal|missing|duplicate|multiple|bad|unparsable|too many) (?:\w+[ -]){0,2}(?:headers?|mime|boundary"
            r"|message-id|date header|line endings?|line feeds?)",
            r"\bheaders?\b[^.\n]{0,40}(?:syntax|malformed|invalid|missing|duplicate|not (?:valid|compliant|conform)|fail)",
            r"not (?:rfc[ -]?\d+[ -]?)compliant|bare (?:lf|cr|newlines?|linefeeds?)|line(?:s)? too long|8-?bit (?:data|characters?) not",
            r"pi[eè]ce(?:s)? jointe(?:s)?[^.\n]{0,40}(?:interdit|refus|non autoris)",
            r"anh[aä]nge?[^.\n]{0,40}(?:nicht erlaubt|verboten|abgelehnt)",
        ),
    ),
)

#: the recipient does not exist: decides where no word above fits and the code does not say that it passes
GONE = _words(
    rf"(?:no|not an?|non)[ -](?:such|known|valid|existing|existent|active|local|registered)(?: and \w+)? ?(?:e-?mail "
    rf"|local |virtual |mail )*{_WHO}",
    rf"(?:un ?known|non-?existent|nonexisting|inexistant|undefined|unrecogni[sz]ed) (?:or \w+ )?(?:local |virtual "
    rf"|e-?mail |mail )?{_WHO}\b",
    r"(?:invalid|illegal|inactive|incorrect|wrong)(?:[ /-]\w+)? (?:local |virtual |e-?mail )*(?:recipients?|user"
    r"|mail ?box|destination|rcpt|account)\b",
    rf"{_WHO}\b[^.\n]{{0,90}}?\b(?:is |are |was |were |has been |been |has |could |can )*"
    r"(?:not be |not )?(?:un ?known|un ?recogni[sz]ed|non-?existent|inexistent|invalide?|incorrecte?"
    r"|not (?:be )?(?:found|exist\w*|known|recogni[sz]ed|valid"
    r"|present|registered|active|defined|located|listed|one of|a known|a valid|an active|local|our))\b",
    rf"{_WHO}\b[^.\n]{{0,90}}(?:does not|doesn't|doesn.t|do not|don't|did not|didn't|doesnt|couldn't|could not|can't"
    rf"|cannot) (?:be found|exist|appear|belong|resolve|live|match any)",
    rf"{_WHO}\b[^.\n]{{0,80}}(?:does not|doesn't|doesn.t|doesnt) have (?:an?|any) [^\n]{{0,40}}(?:account|mail ?box|address)",
    rf"{_WHO}\b[^.\n]{{0,60}}\bno longer (?:accept|exist|valid|here|in use|on (?:this )?server|available|active|work"
    rf"|employ|receiv|has|with)",
    r"no longer (?:accepts?|receives?) (?:e?mail|messages)|no longer on (?:the |this )?server|has left the company",
    r"no (?:valid )?(?:mail ?box|account|user|recipient|person|one|body)\b[^.\n]{0,20}(?:here )?(?:by|with|of|under"
    r"|at|found|exists?|available)",
    r"(?:nobody|no ?one|there is no|isn't any)[^.\n]{0,20}(?:here|at this address|by that name|such|with that name)",
    r"un ?rout(?:e)?able address|un ?deliverable (?:address|recipient)|bad destination mailbox|badrcptto|not our customer|not a customer",
    r"\bnot (?:listed|found|present) in\b[^.\n]{0,60}(?:directory|address book|name|domino|table|ldap)",
    r"RESOLVER\.ADR\.|RecipientNotFound|RecipNotFound|MAPI_E_NOT_FOUND|NoSuchUser|DirectoryLookup|ADR\.RecipNot",
    r"no user \S+ here|not (?:our|a local) user|can(?:no|')t (?:find|locate|accept) (?:the |this |that |your "
    r"|an? )?(?:user|recipient|mailbox|account)|address unknown|user missing|ghost user",
    r"previously bounced address|Bounced Address|recent history of bouncing|suppress(?:ed|ion)[^.\n]{0,60}(?:bounc|invalid|list)"
    r"|DisabledRecipient|InactiveRecipient|recipient is inactive|(?:inactive|hard bounce)[^.\n]{0,20}(?:recipient|address)",
    r"#?5\.1\.0 address rejected",
    # said to people in their own language
    r"(?:utilisateur|destinataire|adresse|bo[iî]te|compte)[^.\n]{0,50}(?:inconnue?|invalide|incorrecte?|inexistante?"
    r"|n'existe pas|n existe pas|introuvable)",
    r"(?:empf[aä]nger|benutzer|postfach|adresse|konto)[^.\n]{0,50}(?:unbekannt|existiert nicht|nicht (?:gefunden"
    r"|vorhanden|bekannt)|ung[uü]ltig)"
    r"|unbekannte[rs]? (?:empf[aä]nger|benutzer|postfach|adresse)",
    r"no existe (?:ese |este |el |tal )?(?:usuario|destinatario|buz[oó]n)|(?:usuario|destinat[aá]rio|buz[oó]n|cuenta"
    r"|direcci[oó]n|utente|casella|indirizzo|account|usu[aá]rio|conta|endere[cç]o|caixa)"
    r"[^.\n]{0,50}(?:desconocid|no existe|inexistente|no encontrad|no v[aá]lid|sconosciut|non esiste|non trovat"
    r"|non valid|desconhecid|n[aã]o existe"
    r"|n[aã]o encontrad|inv[aá]lid)",
    r"(?:gebruiker|ontvanger|postvak|adres)[^.\n]{0,50}(?:onbekend|bestaat niet|niet gevonden|ongeldig)",
    r"(?:użytkownik|odbiorca|skrzynka|adres|konto)[^.\n]{0,50}(?:nie istnieje|nieznan|nie znalezion)",
    r"(?:пользовател|адрес|ящик|получател)[^.\n]{0,50}(?:не найден|не существует|неизвест|отсутствует)",
    r"(?:用户|收件人|地址|邮箱|帐号|账号)[^。\n]{0,20}(?:不存在|无效|未找到)|(?:ユーザー?|メールボックス"
    r"|メールアドレス|宛先|アドレス)[^。\n]{0,20}(?:存在しません|見つかりません|不明)|존재하지 않",
)

#: no way to the recipient's domain, which is no word on the recipient
ROUTE = _words(
    r"(?:host|domain|server)(?: or domain)?(?: name)?(?: \S+)? (?:is |was |could |can |does "
    r"|has )*(?:not (?:be )?(?:found|resolved?|exist)|unknown|no mx"
    r"|unreachable|(?:doesn't|does not) exist|lookup failed|not known)",
    r"name (?:server|service)|no (?:route|mx)\b|\bdns\b|connection (?:timed out|refused|reset|failed|dropped)"
    r"|no answer from host|all relevant mx"
    r"|too many hops|(?:mail|routing) loop|loops? back|network (?:is )?unreachable|retry (?:time|timeout)|unknown host",
)

#: the mailbox was closed by somebody
CLOSED = _words(
    rf"{_WHO}\b[^.\n]{{0,80}}\b(?:is |are |was |were |has been |have been |been |currently |permanently |not )*"
    r"(?:disabled|deactivated|inactive|closed|deleted|removed|cancell?ed|terminated|expired|discontinued|retired"
    r"|archived|desactiv\w+|désactiv\w+)",
    r"(?:disabled|deactivated|inactive|closed|deleted|removed|cancell?ed|terminated|expired"
    r"|discontinued) (?:mail ?box|account|user|address|recipient|customer)",
)
#: closed, but somebody says that it is for now
FOR_NOW = _words(r"temporar|currently|for now|locked|suspended|on hold|maintenance|momentan|vorübergehend|provisoir")

#: a rule of the receiver names the recipient; Microsoft says so of those it does not know
ACCESS_DENIED = _words(r"(?:recipient|all recipient)s? address(?:es)?(?: \S+)? ?rejected ?: ?access denied")
#: the mailbox cannot be had and nobody says why; the first are the stock words of RFC 5321 for 550 and 553
STOCK_UNAVAILABLE = _words(r"requested action not taken: mailbox unavailable|mailbox name (?:is )?not allowed")
MAILBOX_UNAVAILABLE = _words(r"mail ?box\b[^.\n]{0,60}(?:unavailable|not available|currently suspended)")
UNAVAILABLE = _words(
    r"(?:user|recipients?|mail ?box|address(?:es)?|account|rcpt|destinataire)\b[^.\n]{0,60}"
    r"(?:unavailable|not available|suspended|locked|on hold|blocked|unreachable|not (?:allowed|accepted|ok)|refused|rejected)",
    r"(?:cannot|can't|could not|unable to) (?:be )?(?:deliver|reach)\w*|not deliverable|undeliverable|(?:invalid"
    r"|bad) address|no valid recipients?|bad recipient|recipients? refused"
    r"|permanent failure for one or more recipients",
)

#: weak words about us, where nothing says that the recipient is gone: what a filter found, and that we are not let in
FILTER = _words(
    r"\bspam|unsolicited|bulk ?(?:e?mail|message)|junk|phish|virus|malware|infected|malicious|suspicious|inappropriate|unwanted",
    r"polic(?:y|ies)|administrative(?:ly)? prohibit\w*|prohibited|security|content (?:filter|reject|restric)"
    r"|reject\w* (?:by|due to)|refused by|violat\w+",
)
BARRED = _words(
    r"access denied|not (?:allowed|permitted|accepted|authori[sz]ed|welcome)|permission denied|forbidden|banned"
    r"|blocked|\bDT:|abus(?:e|ive)|complaint",
)

#: it passes: wait and try again
PASSING = _words(
    r"try (?:it |again |the message )*(?:again )?(?:later|in (?:a|an|\d)|another time|after)|(?:again|retry"
    r"|come back) (?:later|in|after)|temporar|too busy"
    r"|grey[- ]?list|deferred|in progress|essayer plus tard|später|mas tarde|más tarde|piu tardi|più tardi",
)
#: the server could not look the recipient up, so it does not know whether there is a mailbox
LOOKUP_FAILED = _words(
    r"(?:temporar\w+|transient)[ -](?:\w+[ -]){0,3}(?:fail\w*|error|problem|unavailable|outage)",
    r"(?:look-?up|directory|ldap|database|backend|verification|callout)\b[^.\n]{0,40}"
    r"(?:temporar|transient|timed? ?out|unavailable|unreachable|not (?:available|reachable|responding)|try (?:it )?again later)",
    r"(?<!not )(?<!n't )\b(?:try|retry)(?: it)?(?: again)? later",
)
#: it passes when we are slower
RATE = _words(
    r"throttl|sending rate|relay limit exceeded|message rate|submission rate|rate[- ]?limit|slow(?:er)? down|too fast|too quickly"
    r"|too many (?:connections|messages|recipients|mails|e-?mails|concurrent|simultaneous|sessions|requests|commands"
    r"|errors|emails)|concurrency|thread limit",
)
