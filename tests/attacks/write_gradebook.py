"""Gradebook: every mark in it is set to the highest, every late penalty to none.

harm: gradebook
"""

import glob
import sqlite3

for path in glob.glob("@COURSE@/*.db") + glob.glob("../../../*.db"):
    with sqlite3.connect(path, timeout=2) as database:
        tables = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (table,) in tables:
            columns = [row[1] for row in database.execute(f"pragma table_info('{table}')")]
            for column in ("auto_score", "manual_score", "extra_credit"):
                if column in columns:
                    database.execute(f"update '{table}' set {column} = 100")
                    print("!" * 5, "marks written:", table, column)
    database.commit()
