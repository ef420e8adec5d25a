"""What people write to a maker of e-bikes, and what is answered; written for this demo."""

from dataclasses import dataclass

IN, OUT = "in", "out"


@dataclass(frozen=True, slots=True)
class Topic:
    """One matter as a short thread, the customer first. Places: {first} {agent} {order} {invoice} {city} {day} {bike}."""

    subject: str
    lines: tuple[str, ...]


def _topics(text: str) -> tuple[Topic, ...]:
    """A blank line parts topics; the first line of each is the subject; " / " is a new paragraph; an indented line goes on."""
    blocks = (block.strip().splitlines() for block in text.replace("\n  ", " ").strip().split("\n\n"))
    return tuple(Topic(subject=block[0], lines=tuple(line.replace(" / ", "\n\n") for line in block[1:])) for block in blocks)


ENGLISH = _topics("""
Where is order {order}?
Hello, / the tracking page for order {order} has said "leaving the depot" since {day}. Is the parcel still moving? / Regards,
  {first}
Hi {first}, / the lorry broke down outside {city} and everything on it waited a day. Yours was reloaded this morning and
  should arrive {day}. / {agent}
Thanks for telling me the actual reason. {day} is fine.

Brake squeals on the {bike}
The rear brake of our {bike} has started to squeal after the first rain. We cleaned the disc twice and it comes back.
That sounds like glazed pads, {first}. Could you send a photo of the disc from the side? / If the surface shines like a
  mirror we replace the pads at no cost. / {agent}
Photo attached. It does shine, I'm afraid.
Then it is clear: new pads leave here today under order {order}, with a short guide for fitting them. No need to return the
  old ones.
Fitted, silent, happy. Thank you!

Invoice {invoice} has the old address
Our office moved to {city} in spring, but invoice {invoice} still shows the old street. Our accountant can't book it like
  this.
Sorry about that. I have corrected the address on your account, and a new copy of {invoice} is attached. The amount and the
  number stay the same. / {agent}

Two helmets in the wrong size
We ordered six helmets in M and four in L; the box has five of each. Could you swap one?
Of course. One L is on its way to you with order {order}; put the spare M into the same bag and the courier takes it along on
  {day}. / {agent}
Swapped. That was painless.

Can the {bike} carry a child seat?
Before I order: does the frame of the {bike} take a child seat at the back, and up to what weight?
Yes, the rear rack is approved for 27 kg including the seat. The adapter plate is part of the family set. / Anything else I
  can check for you? {agent}
How long is the wait for the family set?
Eleven days at the moment. I can put one aside until {day} without obligation.
Please do, I'll decide by then. {first}

Battery shows three lights after a night on the charger
Good morning, our {bike} was on the charger from eight in the evening and shows only three of five lights. It is eleven
  months old.
Good morning {first}, / could you run the self-test: hold the power key for ten seconds and tell me the number that the
  display shows? / {agent}
It says 71.
71 means that one cell group is weak, and that is covered. A courier brings a new battery on {day} and takes this one back,
  please have it out of the frame.

Quote for thirty bikes
We run a small hotel group near {city} and are thinking of thirty bikes for our guests, half of them {bike}. Could you send
  an offer with and without service?
Thank you for asking, {first}. / Both offers are attached: purchase with one inspection a year, and a lease in which we keep
  everything running. The lease includes replacement bikes. / {agent}
The lease looks right for us. Is the price the same if we start with twenty?
For twenty the monthly rate rises by four euros a bike, and falls back as soon as you reach thirty. I am happy to explain it
  on the phone.

Cancel order {order}
Please cancel order {order}. My neighbour sells me hers.
Cancelled, and nothing was charged. Enjoy the bike, and if it needs a check-up we look after second-hand ones too. / {agent}

Charger left on the train
I left my charger in a train, silly me. Which one do I need for a {bike} from last year, and can I collect it in {city}?
It happens more often than you would think. You need the 4 A charger; the shop in {city} has two and keeps one for you until
  {day}. / {agent}

Refund for order {order}
Hi, / I sent the panniers of order {order} back two weeks ago and the money hasn't arrived. The label was scanned on the 3rd.
  / {first}
Hi {first}, / I see the scan too. The parcel sat in our returns cage without its slip, so nobody knew whose it was. The
  refund is released now and takes two working days. / {agent}
Received, thanks. You may want to look at that cage.

Can't sign in to the fleet portal
The portal says my account is locked, though I haven't tried since last week.
Somebody typed your address with a wrong password five times on {day}. I have unlocked it; please choose a new password, and
  tell me if it locks again. / {agent}
Works. It was a colleague on the workshop tablet.

Change of delivery day for {order}
We are closed on {day} because of the town fair. Could order {order} come one day later?
Moved by one day, same time window. The driver rings half an hour before. / {agent}

Squeaking saddle after the service
Since the inspection in {city} the saddle of our {bike} creaks at every bump. It did not before.
That is on us, {first}. Please bring it round, ten minutes are enough: the clamp needs grease. You can come without an
  appointment until {day}. / {agent}
Came by this morning, two minutes, all good.

Credit note for invoice {invoice}
Invoice {invoice} lists the winter service twice for the same frame number. Please send a credit note for one of them.
You are right, the second line is a copy. The credit note goes to accounting today and reaches you by post and by mail before
  {day}. / {agent}
Not here yet. Is it on its way?
Accounting approved it this morning; here is the file, so that you need not wait for the post.

Insurance asks for the frame number
Our {bike} was stolen in {city} last night. The insurance wants the frame number and proof of purchase. Do you have them?
I am sorry to hear that. Both are attached, and I have marked the frame as stolen with us: should it appear in a workshop we
  will know. / {agent}
Thank you for being so quick. {first}

Spare keys for two locks
We need one more key each for the locks of bikes 14 and 22. Is a photo of the number on the lock enough?
The number is all we need, together with a line on your letterhead. Keys take about a week. / {agent}

Display stays black
The display of one {bike} stays black, the motor helps all the same. Restarting changes nothing.
If the motor helps, the cable is fine and the display itself has died. A replacement is in the post; it clips in without
  tools. / {agent}
New display works. What shall I do with the old one?
Drop it into your electronics recycling, please. Thank you for asking!

Training for our couriers
We hire eight new couriers in {city} next month. Do you offer a morning about charging and brakes?
We do: three hours at your yard, up to ten people, two bikes to take apart. {day} would be free. / {agent}
{day} suits us. Please bring coffee-proof brochures.
""")

GERMAN = _topics("""
Rechnung {invoice} – Skonto vergessen
Guten Tag, auf Rechnung {invoice} fehlt das vereinbarte Skonto von zwei Prozent. Können Sie das bitte ändern?
Guten Tag, Sie haben recht. Die berichtigte Rechnung hängt an; bitte überweisen Sie nur den neuen Betrag. / Viele Grüße,
  {agent}
Vielen Dank, ist angewiesen.

Ersatzteil für {bike}
Hallo, an unserem {bike} ist der Ständer gebrochen. Gibt es den einzeln?
Hallo {first}, ja, und er liegt sogar hier im Regal. Er geht heute noch mit Bestellung {order} hinaus. / {agent}

Termin in der Werkstatt
Wäre vor {day} noch ein Termin für zwei Räder frei? Wir kommen aus {city}.
Am Vortag um acht passt es bei uns. Bringen Sie bitte auch die Ladegeräte mit. / {agent}
Acht Uhr ist gut, bis dann!
""")
FRENCH = _topics("""
Livraison de la commande {order}
Bonjour, le livreur est passé {day} mais personne ne l’attendait. Peut-on fixer un autre jour pour la commande {order} ?
Bonjour {first}, c’est noté : il repassera demain entre neuf heures et midi, et il vous appellera avant. / {agent}
Parfait, merci beaucoup.

Pneu crevé deux fois
Le même pneu du {bike} a crevé deux fois en une semaine à {city}. Est-ce normal ?
Pas du tout. Il reste sans doute un éclat dans la carcasse : nous vous envoyons un pneu neuf et le fond de jante. / {agent}
""")
SPANISH = _topics("""
Factura {invoice} con datos antiguos
Hola, la factura {invoice} lleva el nombre de nuestra antigua sociedad. ¿Nos la pueden rehacer?
Hola {first}, claro que sí. Va adjunta con los datos nuevos y la misma fecha. / Un saludo, {agent}
Recibida, gracias.

Bicicletas para un congreso en {city}
Necesitamos quince bicicletas durante tres días para un congreso. ¿Alquilan por tan poco tiempo?
Sí, a partir de diez unidades. Le paso el presupuesto hoy y le guardo las bicicletas hasta {day}. / {agent}
""")
ITALIAN = _topics("""
Ordine {order}: manca una scatola
Buongiorno, dell’ordine {order} sono arrivate due scatole su tre. La terza risulta ancora a {city}.
Buongiorno {first}, l’ho trovata: era salita sul camion sbagliato. Arriva {day} in mattinata. / {agent}
Arrivata adesso, grazie mille.

Preventivo per la manutenzione
Vorremmo un prezzo unico per la manutenzione invernale di dodici {bike}. È possibile?
Certamente: in allegato trova il prezzo per dodici biciclette, ritiro e consegna compresi. / {agent}
""")
PORTUGUESE = _topics("""
Troca da bateria
Bom dia, a bateria do {bike} já não passa dos quarenta quilómetros. Ainda está na garantia?
Bom dia {first}, está sim. Passamos por {city} na {day} e trocamos no local. / {agent}
""")
DUTCH = _topics("""
Fietssleutel kwijt
Hallo, de sleutel van onze {bike} is in de gracht gevallen. Kunnen jullie een nieuwe maken?
Hallo {first}, met het nummer op het slot lukt dat binnen een week. / Groet, {agent}
""")
JAPANESE = _topics("""
注文 {order} の配達日
お世話になっております。注文 {order} の受け取りを土曜日の午前に変更できますか。
ご連絡ありがとうございます。土曜日の午前に変更いたしました。 / {agent}
ありがとうございます。助かります。
""")
VIETNAMESE = _topics("""
Đổi ngày giao đơn {order}
Chào anh chị, tôi đi công tác nên không nhận được đơn {order} tuần này. Có thể giao sang tuần sau không?
Chào {first}, được ạ. Chúng tôi sẽ giao vào thứ Ba và gọi trước ba mươi phút. / {agent}
""")
GREEK = _topics("""
Ανταλλακτικό για το {bike}
Καλημέρα, χάσαμε το καπάκι της μπαταρίας. Μπορούμε να παραγγείλουμε μόνο αυτό;
Καλημέρα {first}, βεβαίως. Φεύγει σήμερα με την παραγγελία {order}. / {agent}
""")
UKRAINIAN = _topics("""
Рахунок {invoice}
Добрий день, у рахунку {invoice} не та адреса. Чи можна надіслати виправлений?
Добрий день, {first}! Виправлений рахунок у вкладенні, номер той самий. / {agent}
Отримали, дякуємо.
""")
TOPICS = {
    "en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH, "it": ITALIAN, "pt": PORTUGUESE, "nl": DUTCH, "ja": JAPANESE,
    "vi": VIETNAMESE, "el": GREEK, "uk": UKRAINIAN,
}  # fmt: skip

CHATS = _topics("""
-
Hi, is the shop in {city} open on {day}?
Hi {first}, yes, from nine to six. {agent}
Great, see you then

-
Your courier is at the wrong gate, he should come to the yard
Thanks, I have told him. Two minutes.

-
The {bike} beeps three times when I switch it on, what is that?
Three beeps: the light sensor is covered. Is there mud above the display?
Oh. There was.

-
Can I pay invoice {invoice} in two parts?
You can: half now, half by the end of next month. I have noted it. {agent}
Thank you, that helps a lot

-
Did my order {order} leave already?
It leaves tonight, you get the number of the parcel by {day}.

-
Forgot my gloves at the demo ride on {day}, black ones
Found under the counter. Shall we send them or do you pass by?
I pass by tomorrow
Good, ask for {agent}.
""")

NOTES = (
    "Prefers to be called before ten.",
    "Pays late but always pays; do not send reminders before day 40.",
    "Wants one invoice a month for all sites.",
    "Her assistant decides about dates, ask for the front desk.",
    "Spoke about a second site in {city}; call back in spring.",
    "Had two broken displays this year, watch the batch.",
    "Very happy with the winter service.",
    "Asked for offers in his own language.",
    "Deliveries only through the yard gate.",
    "Knows the product better than we do; send him the technical sheet, not the brochure.",
    "Promised a test ride on a {bike}.",
    "Disputes the transport costs of {invoice}; accounting looks at it.",
)
PINNED = (
    "No marketing mail, asked twice.",
    "Legal case about {invoice}: promise nothing, ask Priya.",
    "Allergic to hold music: call back instead.",
    "Speaks slowly because of a hearing aid; never cut in.",
    "All orders need a purchase number.",
)
TASKS = (
    "Call back about {invoice}",
    "Send the offer for {bike}",
    "Check stock of batteries for {city}",
    "Ask for photos of the frame",
    "Remind the workshop of order {order}",
    "Prepare the yearly review",
    "Confirm the delivery on {day}",
    "Collect the demo bikes in {city}",
    "Write to accounting about {invoice}",
    "Update the address",
    "Book a training morning",
    "Find out who decides",
)
CALL_REASONS = (
    "Asked about an invoice",
    "Wants another delivery day",
    "Question about the battery",
    "Needs an offer",
    "Complaint about a repair",
    "Wrong part delivered",
    "Booked a service",
    "Praise for the workshop",
    "",
)
BIKES = ("Lift 3", "Lift Cargo", "Metro S", "Metro Family", "Ridge 29", "Dune E", "Postmaster")
CITIES = (
    "Bremen",
    "Lyon",
    "Bologna",
    "Porto",
    "Leeds",
    "Valencia",
    "Utrecht",
    "Graz",
    "Malmö",
    "Gdańsk",
    "Thessaloniki",
    "Lagos",
)
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi"),
    "es": ("el lunes", "el martes", "el jueves", "el viernes"),
    "it": ("lunedì", "martedì", "giovedì", "venerdì"),
    "pt": ("segunda-feira", "terça-feira", "quinta-feira"),
}
