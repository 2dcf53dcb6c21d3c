"""Words that masking needs a rule for: those that every text is full of, and those that mean a place or an address.

All of them are folded, as texts are when they are compared.
"""

PARTICLES = frozenset(
    "al and at bin da dal das de del della den der des di die do dos du e el en et fur i im in la las le les los of och og"
    " on the und van vom von vor y zu zum zur".split()
)
"""Words of names that every text is full of."""

LEGAL_FORMS = frozenset(
    "ab ag aps as bv co corp cv gmbh hb inc kb kft kg lda llc llp ltd ltda nv ohg oy oyj pty sa sarl sas sl spa srl".split()
)
"""What companies are by law, and leave out when they are called."""

NOUNS = frozenset(
    """
    anderen anker antwort arbeit auftrag bau bauer baum bestellung betrieb bier blatt blume brot bruder brunnen buch chef dank
    dienst essen fahrt feinkost fenster fest fisch fleisch flasche freund frisch garten gast gesundheit gewurz glas grosse
    grosshandel grun gut haus handel handler handwerk hausmann heim herr hof holz industrie jahr kaffee karton kase kauf keller
    kiste kiosk klein koch konig kuche kunde kunden lager laden land lebensmittel lieferung machen markt maschine meer mehr
    meister metzger milch monat mond morgen nord obst ost paket platz post preis qualitat rechnung rot schiff schnell
    schwarz see spezialitaten stadt stand stein stern strasse sud tag technik tee teil tisch tor verkauf versand wald wagen
    ware waren wasser weg wein weiss welt werk west winter woche wohnung zeit zentrum
    """.split()
)
"""Ordinary words of German, which begins all nouns with a capital letter: alone, none of them is a name."""

ORDINARY = NOUNS | frozenset(
    """
    an as be but by can did do for go got had has have he her him his how if is it its let may me my no not now off or our
    out per put say see set she so than that they this to two up us use was we who why with yes yet you your
    about account after again agency airport all alpha american angel answer around art association atlantic autumn back bakery
    bank base bath beach beer best beta beverage beverages big bistro black blanc bleu blue board boat body book books bottle
    bottles bottom box bread bridge bright brothers brown building business butcher cafe camp canyon capital card care cargo
    carton case cash castle catering cellar cellars center central centre chain chance check cheese chemical chemicals cherry
    chicken chinese choice city class clean clear clever clothes clothing cloud clover club coast coffee cold collection
    college color colour comercial commerce commercial company computer computers connect connection consolidated
    construction consult consultants consulting container control cool cooperative corner corporation cost country court
    cracker cream creative crystal custom customer customers dairy data date dawn deal dealer deli delicatessen
    delikatessen deliver delivery department design desk digital direct distribution distributor distributors dollar double
    down dream drink drinks drive dry early earth east eastern easy electric electronics energy engineering english enterprise
    enterprises equipment essen european exact excellent exchange expert export exports express extra factory fair faith fall
    family farm farms fashion fast federal field fine finest first fish fleet floor flower flowers food foods forest forever
    fort forward foundation four free french fresh friend friends fruit fruits full furniture future garage garden gardens
    gate general german glass global gold golden good goods gourmet grace grain grand grande great green grill grocer grocers
    grocery group guard guest guide hall hand handel harbor harbour hardware harvest head health healthy heart help heritage
    high hill hills hold holding holdings home hope horizon horn horse hospital hotel house hungry import importer importers
    imports independent industrial industries industry information inn innovation institute insurance inter international
    internet invest iron island islands italian jewel joint jolly journal joy junior just keep kitchen label laboratory lady
    lake lakes land large laser last law lead leader leaf left legal lemon level liberty library life light lily line lines
    link lion liquor little load local lonesome long lot lotus love lower lucky lumber machine machines made magic mail main make
    management manufacturing marine mark market marketing markets master match material materials maximum meal meat media
    medical medium meet member merchant merchants metal middle mill mine mineral mint mission mobile modern money moon more
    morning motor motors mountain mouse music national natural nature network never news next night noble north northern
    note number oak ocean offer office oil old olive one online open optical orange orchard order organic original other
    outlet over own owl pacific pack package packaging page paint palace panorama paper parcel park part partner partners
    parts party path peak pearl people perfect petrol phone photo piece pier pine pipe pizza place plan plant plastic plastics
    plate plus point polar pool port post power practical premier premium present press price pride prime prince princess
    print private pro product products professional profit project proper property provision provisioner provisioners
    provisions public pure quality queen quick rail rain ranch range rapid reading ready real record red regal regional
    reliable rent repair report rescue research resort resource resources restaurant restaurante result retail return rice
    rich right ring rise river road rock rocket roll roof room rose royal run safe safety sail sale sales salt sample sand
    save school science scientific sea seafood seas season second secure security seed select send senior serve service
    services seven shade ship shipping shop shops short side sign silver simple single site size small smart smooth snack snow
    social soft software solar solid solution solutions some source south southern space spare special specialities
    speciality specialties spice spices split sport sports spring square staff standard star start state station steel stock
    stone stop storage store stores strategic street strong studio style sugar suite summer summit sun super supermarket
    supermarkt supplier suppliers supplies supply support surface sweet sweets swift system systems table tea team technical
    technologies technology telecom test textile three tiger time tire tires tool tools top total touch tower town toy toys
    track trade trader traders trading trail train transport travel tree true trust turn twin union unique united universal
    university upper urban valley value valve vehicle venture video view village vine vision vital wagon wait walk wall
    warehouse wash water wave way weather web west western wheel white whole wholesale wide wild will wind window wine wines
    wing winter wire wise wonder wood wooden work works workshop world yard year yellow young zone
    alimentaire alimentation atelier bateau beau belle blanc boisson boissons bonne bouche boutique campagne client
    commande commerce compagnie comptoir cour cuisine delice delices entier entiere epicerie facture fleur frais fromage fruit
    gourmandes gourmandises grand jardin livraison maison marche mer monde noir nouveau paquet petit pierre produit produits
    qualite restauration rouge royale sante specialite specialites stock verre vert viande ville vin vins
    abastos alimentos almacen bebidas bodega carne carnes casa centro cliente clientes cocina comercial comercio comida comidas
    compania delicias dulces empresa emparedados fabrica factura familia fruta frutas frutos galeria gastronomo helados
    hipermercado importadora isla mar mercado mesa mundo nacional nueva nuevo panaderia pedido pescado preparadas producto
    productos queso rancho restaurante rosa salchichas supermercado supermercados taqueria tienda tipica tradicion vino vinos
    alimentari azienda bella bianco borsa buono caffe casa cibo citta formaggio fresco frutta grande macelleria magazzini
    mercato mondo negozio nero ordine pane pesce pizza prodotti qualita rosso vino vini
    alimentos bacalhau carne compras cozinha doce doces encomenda fornecedor hipermercados importadora lanchonetes loja mercearia
    mercado padaria peixe produtos qualidade queijo tradicao vinho vinhos
    april august christian dolly frank gene guy jack jean june king marina may pat ray rob sky sue summer victoria
    """.split()
)
"""Words that names of companies, people and places share with every text: alone, only as a name is written."""

PLACES_WITH_MEANING = ORDINARY | frozenset(
    """
    aire angers bad baden barking battle beer bergen bury buffalo burg bury cannes cork cowes crewe dale deal derby dover
    eagle eger ely essen eye fort halle hamm ham hem hof hook hove hull kiel koln kosten lake lens leer lingen lund man mainz
    march melun mobile mons moss most nancy nice normal oban oron over paris peine phoenix pole pool poole reading ried roma
    rugby rust ruse sale salon sandwich saga sauna settle sens siegen singen split stade stock stoke street suhl tours troy
    tulle ulm varese varel vienne vier ware wells wick wiesen worms york zug
    """.split()
)
"""Places that are words, or near enough: masked where the text speaks of a place."""

LEADING_TO_PLACES = frozenset(
    "a ab aan af ai al alla alle am an au aus aux bei bis by da dal de del di do em en fra from fran i im in into near nach naar"
    " of outside para pres pra por to towards til toward uit ul um via von vom y za zu zum zur".split()
) | {"at"}
"""What a place is named after: `in Nice`, `aus Essen`."""

STREET_WORDS = {
    spelled: group[0]
    for group in (
        ["str", "strasse", "stras"],
        ["st", "street"],
        ["rd", "road"],
        ["av", "ave", "avda", "avenida", "avenue"],
        ["sq", "square"],
        ["blvd", "boulevard", "bd"],
        ["pl", "platz", "place", "plaza", "placa"],
        ["c", "calle"],
        ["ln", "lane"],
        ["dr", "drive"],
        ["ct", "court"],
        ["r", "rue", "rua"],
        ["pk", "park"],
        ["hwy", "highway"],
        ["ul", "ulica"],
        ["apt", "apartment"],
        ["ste", "suite"],
        ["box", "postfach"],
    )
    for spelled in group
}
"""The parts of streets that people write in several ways, and the one in which they are compared."""

NUMBER_SIGNS = frozenset("n no nr nro num number numero nummer nummero".split())
"""What may stand before a house's number."""

AT_SIGNS = frozenset("at arroba aet chiocciola klammeraffe snabela".split())
DOT_SIGNS = frozenset("dot point ponto punkt punto".split())
"""How people spell out the signs of an address that a machine shall not find."""

FREE_MAIL = frozenset(
    "aol fastmail free freenet gmail gmx googlemail hotmail icloud laposte libero live mac mail me msn orange outlook posteo"
    " proton protonmail qq t telekom terra tutanota uol virgilio web wp yahoo yandex ymail zoho".split()
)
"""Domains, without their end, at which anybody has an address."""

SHARED_ENDS = frozenset("ac co com edu gob gouv gov net org".split())
"""What stands before a country in domains that belong to many."""
