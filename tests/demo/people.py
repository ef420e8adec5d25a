"""People and companies that nobody is: names of many languages, numbers that are valid where they are from, example addresses."""

import random
import unicodedata
from dataclasses import dataclass
from functools import cached_property

STROKES = str.maketrans(
    {
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "ı": "i",
        "þ": "th",
        "Þ": "Th",
        "ð": "d",
    }
)


@dataclass(frozen=True, kw_only=True)
class Region:
    """Where somebody is from. Names are written "native=romanised" where they are not in Latin letters; "_" is a blank."""

    country: str
    language: str
    time_zone: str
    weight: int
    given: str
    family: str
    phones: tuple[str, ...]  # as phonenumbers shows them; "#" is any digit
    firms: tuple[str, ...]  # "{}" is a family name
    family_first: bool = False

    @cached_property
    def given_names(self) -> list[tuple[str, str]]:
        """Each with its form in plain letters."""
        return _names(self.given)

    @cached_property
    def family_names(self) -> list[tuple[str, str]]:
        """Each with its form in plain letters."""
        return _names(self.family)


def _names(text: str) -> list[tuple[str, str]]:
    pairs = (word.partition("=") for word in text.split())
    return [(native.replace("_", " "), plain_letters(roman or native)) for native, _, roman in pairs]


def plain_letters(text: str) -> str:
    """What is left of Latin text in an address: a to z, digits and hyphens."""
    bare = unicodedata.normalize("NFKD", text.translate(STROKES)).lower()
    return "".join(letter for letter in bare if letter.isascii() and letter.isalnum())


REGIONS = (
    Region(
        country="IT", language="it", time_zone="Europe/Rome", weight=10,
        given="Luca Giulia Marco Chiara Matteo Elisa Davide Francesca Nicolò Beatrice Riccardo Alessia Pietro Noemi Tommaso",
        family="Ferrari Conti Moretti Gallo De_Luca Marchetti Fabbri Testa Rinaldi Serra Monti D’Amico Bellini Caruso Vitale",
        phones=("+39 347 ### ####", "+39 02 #### ####", "+39 333 ### ####", "+39 051 ### ####", "+39 06 #### ####"),
        firms=("Cicli {} S.r.l.", "{} Logistica S.p.A.", "Albergo {}", "Studio {} & Figli"),
    ),
    Region(
        country="DE", language="de", time_zone="Europe/Berlin", weight=11,
        given="Jonas Lena Felix Greta Moritz Klara Björn Annika Jürgen Käthe Emil Frieda Lukas Johanna Sönke",
        family="Weber Schröder Hoffmann Krüger Böhm Vogt Lindner Großmann Jäger Seidel Ostermann Petersen Brandt Köhler Winkler",
        phones=("+49 1512 #######", "+49 170 #######", "+49 30 2#######", "+49 40 3#######", "+49 89 5#######"),
        firms=("{} Kurierdienst GmbH", "Fahrradhaus {}", "{} & Söhne KG", "Stadtwerke {} AG"),
    ),
    Region(
        country="FR", language="fr", time_zone="Europe/Paris", weight=9,
        given="Élodie Hugo Chloé Théo Manon Raphaël Inès Étienne Margaux Loïc Zoé Gaël Anaïs Basile Océane",
        family="Lefèvre Garnier Chevallier Dumas Rousseau Perrin Guérin Marchand Noël Fontaine Besson Colin Aubert Renaud",
        phones=("+33 6 1# ## ## ##", "+33 1 42 ## ## ##", "+33 6 7# ## ## ##", "+33 4 78 ## ## ##"),
        firms=("Vélos {} SARL", "Hôtel {}", "{} Frères SAS", "Transports {}"),
    ),
    Region(
        country="GB", language="en", time_zone="Europe/London", weight=14,
        given="Oliver Isla Harriet Callum Freya Rhys Imogen Angus Poppy Declan Maisie Owen Niamh Gareth Bronwen",
        family="Hartley Pemberton MacLeod Ashworth O’Brien Whitaker Llewellyn Fairbairn Cartwright Sinclair Holloway Thorne",
        phones=("+44 7400 ######", "+44 20 7946 ####", "+44 161 496 ####", "+44 7733 ######"),
        firms=("{} Cycle Hire Ltd", "{} & Daughters Ltd", "The {} Hotel", "{} Couriers Ltd"),
    ),
    Region(
        country="US", language="en", time_zone="America/Los_Angeles", weight=10,
        given="Jordan Madison Tyler Brooke Xavier Savannah Malik Paige Diego Autumn Wyatt Imani Cooper Delaney Rosa",
        family="Whitfield Ramirez Castellano Nguyen Okoye Delgado Sorensen Mahoney Vance Trujillo Beckett Kowalczyk Hightower",
        phones=("+1 415-555-####", "+1 212-555-####", "+1 312-5##-####", "+1 206-4##-####", "+1 617-3##-####"),
        firms=("{} Outdoors Inc.", "{} Mobility LLC", "{} Resort Group", "Bay {} Delivery Co."),
    ),
    Region(
        country="ES", language="es", time_zone="Europe/Madrid", weight=8,
        given="Lucía Íñigo Martina Álvaro Nerea Joaquín Carmen Rubén Aitana Andrés Begoña Sofía Jesús Irene Núria",
        family="Gutiérrez Ibáñez Etxeberria Caballero Núñez Vidal Peña Carrasco Soler Castaño Rueda Ferrer Ordóñez Lozano",
        phones=("+34 612 ## ## ##", "+34 655 ## ## ##", "+34 915 ## ## ##"),
        firms=("Hoteles {} S.A.", "Bicicletas {} S.L.", "Reparto {} S.L.", "Viajes {}"),
    ),
    Region(
        country="PT", language="pt", time_zone="Europe/Lisbon", weight=4,
        given="Inês João Beatriz Tiago Mafalda Gonçalo Leonor Rúben Matilde Duarte",
        family="Ferreira Magalhães Figueiredo Antunes Brandão Queirós Lobo Simões",
        phones=("+351 912 ### ###", "+351 936 ### ###", "+351 21 3## ####"), firms=("{} & Filhos Lda.", "Quinta {}"),
    ),
    Region(
        country="BR", language="pt", time_zone="America/Sao_Paulo", weight=4,
        given="Thaís Caio Luíza Davi Marina Otávio Bruna Vinícius Yasmin Heitor",
        family="Albuquerque Barros Tavares Siqueira Moraes Prado Araújo Teixeira",
        phones=("+55 11 9612#-####", "+55 21 9876#-####", "+55 11 99###-####"), firms=("{} Entregas Ltda.", "Pousada {}"),
    ),
    Region(
        country="NL", language="nl", time_zone="Europe/Amsterdam", weight=4,
        given="Sanne Bram Femke Thijs Lotte Joris Maartje Sjoerd Roos Wouter",
        family="de_Vries van_den_Berg Hoekstra Bakker Dijkstra Mulder Koster Vermeulen",
        phones=("+31 6 1#######", "+31 6 5#######", "+31 20 6## ####"), firms=("{} Fietsen B.V.", "Rederij {} B.V."),
    ),
    Region(
        country="PL", language="pl", time_zone="Europe/Warsaw", weight=4,
        given="Agnieszka Grzegorz Małgorzata Łukasz Zofia Michał Katarzyna Wojciech",
        family="Wiśniewska=Wisniewska Zieliński Dąbrowski Wójcik Kaczmarek Pawłowski Szymański Gołąb",
        phones=("+48 512 ### ###", "+48 601 ### ###", "+48 22 5## ## ##"), firms=("Rowery {} Sp. z o.o.", "{} Transport S.A."),
    ),
    Region(
        country="SE", language="sv", time_zone="Europe/Stockholm", weight=3,
        given="Åsa Linnéa Göran Elin Björn Saga Håkan Tuva",
        family="Lindström Sjöberg Åkesson Nyström Hägglund Ekström Öberg Wallin",
        phones=("+46 70 3## ## ##", "+46 73 5## ## ##"), firms=("{} Cykel AB", "{} Fjällhotell AB"),
    ),
    Region(
        country="NG", language="en", time_zone="Africa/Lagos", weight=4,
        given="Chukwuemeka Adaeze Olúwaṣeun Ngozi Babátúndé Ifeoma Tunde Zainab Emeka Folake",
        family="Eze Adéyẹmí Nwosu Balogun Okonkwo Danjuma Olawale Ekwueme",
        phones=("+234 802 ### ####", "+234 803 ### ####"), firms=("{} Ventures Ltd", "{} Dispatch Ltd"),
    ),
    Region(
        country="IN", language="en", time_zone="Asia/Kolkata", weight=5,
        given="Anjali Rohan Kavya Arjun Meera Vikram Ishita Sanjay Divya Nikhil",
        family="Deshpande Iyer Chatterjee Kulkarni Reddy Bhattacharya Menon Saxena",
        phones=("+91 98### #####", "+91 99### #####"), firms=("{} Logistics Pvt Ltd", "{} Cycles Pvt Ltd"),
    ),
    Region(
        country="CH", language="de", time_zone="Europe/Zurich", weight=2,
        given="Reto Urs Seraina Beat Flurina Andri",
        family="Zürcher Ammann Gerber Caduff Bürgi Rüegg",
        phones=("+41 78 ### ## ##", "+41 79 ### ## ##"), firms=("Velo {} AG", "Bergbahnen {} AG"),
    ),
    Region(
        country="TR", language="tr", time_zone="Europe/Istanbul", weight=2,
        given="Elif Çağlar Şebnem Oğuz Zeynep Gökhan",
        family="Yıldırım Öztürk Aydın Çelik Güneş Şahin",
        phones=("+90 532 ### ## ##", "+90 542 ### ## ##"), firms=("{} Turizm A.Ş.", "{} Bisiklet Ltd. Şti."),
    ),
    Region(
        country="VN", language="vi", time_zone="Asia/Ho_Chi_Minh", weight=3, family_first=True,
        given="Thị_Hồng_Nhung Minh_Đức Quỳnh_Anh Văn_Hùng Thanh_Thảo Quốc_Bảo Ngọc_Ánh Hữu_Phước",
        family="Nguyễn Trần Lê Phạm Huỳnh Vũ Đặng Bùi",
        phones=("+84 91# ### ###", "+84 98# ### ###"), firms=("Công ty {} Phát", "Khách sạn {}"),
    ),
    Region(
        country="JP", language="ja", time_zone="Asia/Tokyo", weight=3, family_first=True,
        given="健一=kenichi 美咲=misaki 翔太=shota 陽子=yoko 大輔=daisuke 結衣=yui",
        family="佐藤=sato 高橋=takahashi 渡辺=watanabe 小林=kobayashi 山口=yamaguchi 松本=matsumoto",
        phones=("+81 90-1###-####", "+81 80-3###-####", "+81 3-3###-####"), firms=("{}自転車株式会社", "{}商店"),
    ),
    Region(
        country="CN", language="zh", time_zone="Asia/Shanghai", weight=2, family_first=True,
        given="伟=wei 芳=fang 子涵=zihan 晓明=xiaoming 雪=xue 浩然=haoran",
        family="李=li 王=wang 陈=chen 赵=zhao 周=zhou 黄=huang",
        phones=("+86 131 #### ####", "+86 138 #### ####", "+86 159 #### ####"), firms=("{}氏物流有限公司",),
    ),
    Region(
        country="KR", language="ko", time_zone="Asia/Seoul", weight=2, family_first=True,
        given="서연=seoyeon 민준=minjun 지우=jiwoo 하은=haeun 도윤=doyun",
        family="김=kim 박=park 정=jung 최=choi 윤=yoon",
        phones=("+82 10-2###-####", "+82 10-9###-####"), firms=("{}모빌리티",),
    ),
    Region(
        country="GR", language="el", time_zone="Europe/Athens", weight=3,
        given="Γιώργος=giorgos Ελένη=eleni Νίκος=nikos Αικατερίνη=katerina Δημήτρης=dimitris Σοφία=sofia",
        family="Παπαδάκης=papadakis Νικολάου=nikolaou Οικονόμου=oikonomou Δημητρίου=dimitriou Βλάχος=vlachos",
        phones=("+30 691 ### ####", "+30 694 ### ####", "+30 21 0### ####"), firms=("Ποδήλατα {} ΕΠΕ", "Ξενοδοχείο {}"),
    ),
    Region(
        country="UA", language="uk", time_zone="Europe/Kyiv", weight=3,
        given="Оксана=oksana Андрій=andrii Наталія=nataliia Тарас=taras Ярина=yaryna Богдан=bohdan",
        family="Шевчук=shevchuk Коваленко=kovalenko Бондар=bondar Мельник=melnyk Лисенко=lysenko Гончар=honchar",
        phones=("+380 50 ### ####", "+380 67 ### ####"), firms=("ТОВ «{} Вело»", "ТОВ «{} Доставка»"),
    ),
    Region(
        country="AE", language="ar", time_zone="Asia/Dubai", weight=1,
        given="ليلى=layla عمر=omar نور=noor يوسف=yousef سلمى=salma",
        family="الهاشمي=alhashimi منصور=mansour القاسمي=alqasimi حداد=haddad",
        phones=("+971 50 ### ####", "+971 55 ### ####"), firms=("مجموعة {}",),
    ),
)  # fmt: skip

JOBS = (
    "Fleet manager", "Owner", "Office manager", "Head of operations", "Buyer", "Front desk", "Accountant", "Workshop lead",
    "Courier", "Facility manager", "Marketing lead", "Managing director", "Event planner", "IT administrator", None, None, None,
)  # fmt: skip
INDUSTRIES = (
    "Bike hire",
    "Hotels",
    "Courier service",
    "Retail",
    "Tourism",
    "Public sector",
    "Events",
    "Property",
    "Food delivery",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody made up; `plain` is the name as it stands in an address, `first` how one is greeted."""

    name: str
    first: str
    plain: str
    region: Region


class Crowd:
    """Draws people, companies, numbers and addresses; no number and no address comes twice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._weights = [region.weight for region in REGIONS]
        self._taken: set[str] = set()

    def person(self, region: Region | None = None) -> Person:
        """Somebody, from anywhere unless a region is given."""
        home = region or self._rng.choices(REGIONS, self._weights)[0]
        (given, plain_given), (family, plain_family) = self._rng.choice(home.given_names), self._rng.choice(home.family_names)
        joint = "" if home.language in {"ja", "zh", "ko"} else " "
        name = f"{family}{joint}{given}" if home.family_first else f"{given} {family}"
        first = f"{family}様" if home.language == "ja" else given
        return Person(name=name, first=first, plain=f"{plain_given}.{plain_family}", region=home)

    def company(self) -> tuple[str, str, Region]:
        """A name, the domain that goes with it, and where it is."""
        home = self._rng.choices(REGIONS, self._weights)[0]
        family, plain = self._rng.choice(home.family_names)
        return self._rng.choice(home.firms).format(family), self._once(f"{plain}-{home.country.lower()}", ".example"), home

    def phone(self, region: Region) -> tuple[str, str]:
        """A number nobody here has yet: in E.164 and as it is shown."""
        while True:
            pattern = self._rng.choice(region.phones)
            digits = iter(f"{self._rng.randrange(10**9):09}")
            shown = "".join(next(digits) if mark == "#" else mark for mark in pattern)
            value = shown.replace(" ", "").replace("-", "")
            if value not in self._taken:
                self._taken.add(value)
                return value, shown

    def email(self, person: Person, domain: str | None) -> str:
        """An address nobody here has yet, at the company or at a provider that cannot exist."""
        host = domain or self._rng.choice(("mail.example", "post.example", "inbox.example"))
        return self._once(person.plain, f"@{host}")

    def _once(self, stem: str, rest: str) -> str:
        text, number = f"{stem}{rest}", 1
        if text not in self._taken:
            self._taken.add(text)
            return text
        while text in self._taken:
            number = self._rng.randrange(2, 10 * number + 20)
            text = f"{stem}{number}{rest}"
        self._taken.add(text)
        return text
