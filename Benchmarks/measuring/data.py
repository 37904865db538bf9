"""The files that the benchmarks read: the same bytes on every machine, made once and kept in the scratch folder."""

import os
import random
import shutil
import sqlite3

FIRST = "Ada Bruno Clara Dimitri Elena Farid Greta Hugo Ines Jonas Katya Liam Mina Noor Otto Paula".split()
LAST = "Abel Brandt Castro Duval Eriksen Fischer Garcia Haddad Ivanova Jensen Keller Lindqvist Moreau Novak".split()
GOODS = "lamp desk chair kettle notebook printer cable monitor shelf clock mirror carpet bottle lantern toolbox".split()
LOOKS = "small large blue green oak steel folding wireless compact vintage matte striped light heavy".split()
WORDS = ("harbour letter amount river notice window garden report summer council bridge ticket morning paper signal "
         "market valley engine winter record station orchard machine evening account village journey meadow").split()


def orders(folder, count):
    """A CSV file of orders, 117 bytes a row on average: seven columns, one row in fifty with a quoted cell, one in a
    hundred with a quantity of 42, one in two hundred with a quantity that no order has."""
    path = os.path.join(folder, f"orders-{count}.csv")
    if os.path.exists(path):
        return path
    draw = random.Random(2)
    products = [f"{a} {b} {c} of the {d} {e}, No. {number}" if number % 50 == 0
                else f"{a} {b} {c} of the {d} {e} No. {number}"
                for number, (a, b, c, d, e) in enumerate(
                    (draw.choice(LOOKS), draw.choice(LOOKS), draw.choice(GOODS), draw.choice(LOOKS), draw.choice(WORDS))
                    for _ in range(1000))]
    products = [f'"{text}"' if "," in text else text for text in products]
    customers = [f"{first} {last} and {other}" for first in FIRST for last in LAST for other in LAST]
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write("order,customer,product,ordered,quantity,price,paid\n")
        for number in range(count):
            kind = draw.randrange(200)
            quantity = 0 if kind == 0 else 42 if kind in (1, 2) else 43 + kind % 50 if kind < 100 else kind % 41 + 1
            file.write(
                f"ORD-2025-{number:08d},{customers[draw.randrange(len(customers))]},"
                f"{products[draw.randrange(len(products))]},"
                f"20{draw.randrange(20, 26)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d},"
                f"{quantity},{draw.randrange(100, 100000) / 100:.2f},"
                f"{'true' if draw.randrange(2) else 'false'}\n")
    os.rename(path + ".new", path)
    return path


def texts(folder, count):
    """A CSV file of short texts, so that a prompt with one of them is half a kilobyte; no two alike."""
    path = os.path.join(folder, f"texts-{count}.csv")
    if os.path.exists(path):
        return path
    draw = random.Random(3)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write("id,text\n")
        for number in range(count):
            text = f"Note {number}:"
            while len(text) < 430:
                text += " " + draw.choice(WORDS)
            file.write(f"{number},{text}.\n")
    os.rename(path + ".new", path)
    return path


def files(folder, count):
    """A folder of text files of 2 KB, a hundred in each of its folders; no two alike."""
    path = os.path.join(folder, f"files-{count}")
    if os.path.exists(path):
        return path
    draw = random.Random(5)
    new = path + ".new"
    shutil.rmtree(new, ignore_errors=True)
    for number in range(count):
        place = os.path.join(new, f"{number // 100:03d}")
        os.makedirs(place, exist_ok=True)
        text = f"Letter {number}\n\n"
        while len(text) < 2040:
            text += draw.choice(WORDS) + ("\n" if draw.randrange(12) == 0 else " ")
        with open(os.path.join(place, f"letter-{number:05d}.txt"), "w", encoding="utf-8") as file:
            file.write(text[:2047] + "\n")
    os.rename(new, path)
    return path


def leads(folder, count):
    """A CSV file of leads, and `crm.sqlite` with four fifths of them under an index, in another order; both anew.

    Gives the file's path, and owner and plan by domain."""
    path, base = os.path.join(folder, f"leads-{count}.csv"), os.path.join(folder, "crm.sqlite")
    draw = random.Random(4)
    domains = [f"{draw.choice(WORDS)}-{draw.choice(GOODS)}-{number}.example" for number in range(count)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("domain,name,city\n")
        for domain in domains:
            file.write(f"{domain},\"{draw.choice(LAST)} & {draw.choice(LAST)}, Ltd\",{draw.choice(WORDS).title()}\n")
    known = {domain: (draw.choice(FIRST), draw.choice(["free", "team", "pro"])) for domain in domains if draw.randrange(5)}
    if os.path.exists(base):
        os.remove(base)
    with sqlite3.connect(base) as database:
        database.execute("CREATE TABLE accounts(id INTEGER PRIMARY KEY, domain TEXT NOT NULL, owner TEXT, plan TEXT)")
        rows = [(domain, owner, plan) for domain, (owner, plan) in known.items()]
        draw.shuffle(rows)
        database.executemany("INSERT INTO accounts(domain, owner, plan) VALUES(?, ?, ?)", rows)
        database.execute("CREATE UNIQUE INDEX by_domain ON accounts(domain)")
    database.close()
    return path, known
