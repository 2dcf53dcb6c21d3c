"""What stands in the tables from the start: letters in all languages that we write, and up to how much each role grants alone.

The letters are templates: anyone may save their own. What a company made of them is never touched.
"""

from collections.abc import Iterator

from models.kit.base import new_id

LETTERS: dict[str, dict[str, tuple[str, str]]] = {
    "ACKNOWLEDGEMENT": {
        "EN": (
            "We have your complaint ($number)",
            "Dear $name,\n\nthank you for telling us. We have written your complaint down under the number $number."
            "\n\n$note\n\nYou will have our answer $answer_by.\n\nKind regards\nYour customer service",
        ),
        "DE": (
            "Ihre Beschwerde ist bei uns ($number)",
            "Guten Tag $name,\n\nvielen Dank für Ihre Nachricht. Wir haben Ihre Beschwerde unter der Nummer $number"
            " aufgenommen.\n\n$note\n\nSie erhalten unsere Antwort $answer_by.\n\nFreundliche Grüße\nIhr Kundenservice",
        ),
        "FR": (
            "Nous avons bien reçu votre réclamation ($number)",
            "Bonjour $name,\n\nnous vous remercions de votre message. Votre réclamation est enregistrée sous le numéro"
            " $number.\n\n$note\n\nVous recevrez notre réponse $answer_by.\n\nCordialement\nVotre service client",
        ),
        "ES": (
            "Hemos recibido su reclamación ($number)",
            "Hola, $name:\n\nGracias por su mensaje. Hemos registrado su reclamación con el número $number.\n\n$note"
            "\n\nRecibirá nuestra respuesta $answer_by.\n\nUn cordial saludo\nSu servicio de atención al cliente",
        ),
        "IT": (
            "Abbiamo ricevuto il suo reclamo ($number)",
            "Gentile $name,\n\ngrazie per averci scritto. Abbiamo registrato il suo reclamo con il numero $number."
            "\n\n$note\n\nRiceverà la nostra risposta $answer_by.\n\nCordiali saluti\nIl suo servizio clienti",
        ),
        "PT": (
            "Recebemos a sua reclamação ($number)",
            "Olá, $name,\n\nagradecemos a sua mensagem. Registámos a sua reclamação com o número $number.\n\n$note"
            "\n\nReceberá a nossa resposta $answer_by.\n\nCom os melhores cumprimentos\nO seu serviço de apoio ao cliente",
        ),
    },
    "QUESTION": {
        "EN": (
            "A question about your complaint ($number)",
            "Dear $name,\n\nwe are working on your complaint $number and need to know something from you:\n\n$question"
            "\n\nWe go on as soon as we have your reply.\n\nKind regards\nYour customer service",
        ),
        "DE": (
            "Eine Frage zu Ihrer Beschwerde ($number)",
            "Guten Tag $name,\n\nwir arbeiten an Ihrer Beschwerde $number und brauchen noch etwas von Ihnen:\n\n$question"
            "\n\nSobald wir Ihre Antwort haben, machen wir weiter.\n\nFreundliche Grüße\nIhr Kundenservice",
        ),
        "FR": (
            "Une question sur votre réclamation ($number)",
            "Bonjour $name,\n\nnous traitons votre réclamation $number et avons besoin d'une précision :\n\n$question"
            "\n\nNous poursuivrons dès réception de votre réponse.\n\nCordialement\nVotre service client",
        ),
        "ES": (
            "Una pregunta sobre su reclamación ($number)",
            "Hola, $name:\n\nEstamos tramitando su reclamación $number y necesitamos saber lo siguiente:\n\n$question"
            "\n\nContinuaremos en cuanto tengamos su respuesta.\n\nUn cordial saludo\nSu servicio de atención al cliente",
        ),
        "IT": (
            "Una domanda sul suo reclamo ($number)",
            "Gentile $name,\n\nstiamo lavorando al suo reclamo $number e abbiamo bisogno di sapere da lei:\n\n$question"
            "\n\nProseguiremo appena avremo la sua risposta.\n\nCordiali saluti\nIl suo servizio clienti",
        ),
        "PT": (
            "Uma pergunta sobre a sua reclamação ($number)",
            "Olá, $name,\n\nestamos a tratar da sua reclamação $number e precisamos de saber o seguinte:\n\n$question"
            "\n\nContinuaremos assim que tivermos a sua resposta.\n\nCom os melhores cumprimentos"
            "\nO seu serviço de apoio ao cliente",
        ),
    },
    "ANSWER": {
        "EN": (
            "Our answer to your complaint ($number)",
            "Dear $name,\n\nthis is our answer to your complaint $number.\n\n$answer\n\nIf you do not agree with it, tell"
            " us: somebody else will look at it again.\n\nKind regards\nYour customer service",
        ),
        "DE": (
            "Unsere Antwort auf Ihre Beschwerde ($number)",
            "Guten Tag $name,\n\ndies ist unsere Antwort auf Ihre Beschwerde $number.\n\n$answer\n\nWenn Sie damit nicht"
            " einverstanden sind, sagen Sie es uns: Dann prüft jemand anderes sie noch einmal.\n\nFreundliche Grüße"
            "\nIhr Kundenservice",
        ),
        "FR": (
            "Notre réponse à votre réclamation ($number)",
            "Bonjour $name,\n\nvoici notre réponse à votre réclamation $number.\n\n$answer\n\nSi elle ne vous convient"
            " pas, dites-le-nous : une autre personne la réexaminera.\n\nCordialement\nVotre service client",
        ),
        "ES": (
            "Nuestra respuesta a su reclamación ($number)",
            "Hola, $name:\n\nEsta es nuestra respuesta a su reclamación $number.\n\n$answer\n\nSi no está de acuerdo,"
            " díganoslo: otra persona la revisará.\n\nUn cordial saludo\nSu servicio de atención al cliente",
        ),
        "IT": (
            "La nostra risposta al suo reclamo ($number)",
            "Gentile $name,\n\nquesta è la nostra risposta al suo reclamo $number.\n\n$answer\n\nSe non è d'accordo, ce lo"
            " dica: un'altra persona lo esaminerà di nuovo.\n\nCordiali saluti\nIl suo servizio clienti",
        ),
        "PT": (
            "A nossa resposta à sua reclamação ($number)",
            "Olá, $name,\n\nesta é a nossa resposta à sua reclamação $number.\n\n$answer\n\nSe não concordar, diga-nos:"
            " outra pessoa voltará a analisá-la.\n\nCom os melhores cumprimentos\nO seu serviço de apoio ao cliente",
        ),
    },
    "RATING_REQUEST": {
        "EN": (
            "How did we do? ($number)",
            "Dear $name,\n\nhow satisfied are you with the way in which we dealt with your complaint $number? Please tell"
            " us here:\n\n$link\n\nKind regards\nYour customer service",
        ),
        "DE": (
            "Wie zufrieden sind Sie? ($number)",
            "Guten Tag $name,\n\nwie zufrieden sind Sie damit, wie wir mit Ihrer Beschwerde $number umgegangen sind? Bitte"
            " sagen Sie es uns hier:\n\n$link\n\nFreundliche Grüße\nIhr Kundenservice",
        ),
        "FR": (
            "Êtes-vous satisfait ? ($number)",
            "Bonjour $name,\n\nêtes-vous satisfait de la façon dont nous avons traité votre réclamation $number ? Merci de"
            " nous le dire ici :\n\n$link\n\nCordialement\nVotre service client",
        ),
        "ES": (
            "¿Cómo lo hemos hecho? ($number)",
            "Hola, $name:\n\n¿Qué le ha parecido la forma en que hemos tramitado su reclamación $number? Díganoslo aquí,"
            " por favor:\n\n$link\n\nUn cordial saludo\nSu servicio de atención al cliente",
        ),
        "IT": (
            "Quanto è soddisfatto? ($number)",
            "Gentile $name,\n\nquanto è soddisfatto del modo in cui abbiamo trattato il suo reclamo $number? Ce lo dica"
            " qui:\n\n$link\n\nCordiali saluti\nIl suo servizio clienti",
        ),
        "PT": (
            "Como nos saímos? ($number)",
            "Olá, $name,\n\nqual é o seu grau de satisfação com a forma como tratámos a sua reclamação $number? Diga-nos"
            " aqui, por favor:\n\n$link\n\nCom os melhores cumprimentos\nO seu serviço de apoio ao cliente",
        ),
    },
}

LIMITS = {
    "SERVICE_AGENT": 50_00,
    "SALES_REPRESENTATIVE": 100_00,
    "FRONT_OFFICE_MANAGER": 1_000_00,
    "BACK_OFFICE_MANAGER": 10_000_00,
}


def statements() -> Iterator[str]:
    """The statements that write the rows."""
    for kind, languages in LETTERS.items():
        for language, (subject, text) in languages.items():
            row = ", ".join(map(_quoted, (str(new_id()), kind, language, subject, text)))
            yield f"INSERT INTO message_templates (id, kind, language, subject, text, version) VALUES ({row}, 1)"
    for role, limit in LIMITS.items():
        for currency in ("EUR", "USD"):
            row = f"'{new_id()}', '{role}', '{currency}', {limit}, 1"
            yield f"INSERT INTO redress_limits (id, role, currency, limit_minor, version) VALUES ({row})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
