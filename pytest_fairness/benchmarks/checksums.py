"""Checksums of published files: the first 32 digits of SHA-256."""

from __future__ import annotations

from collections.abc import Mapping

CHECKSUMS: Mapping[str, Mapping[str, str]] = {
    "crows_pairs": {
        "crows_pairs_anonymized.csv": "dfb36986ce0502abbaf7055b9176da3d",
    },
    "hatecheck": {
        "test_suite_cases.csv": "ecf0dc1e93fccc90b6f880e632b19e63",
    },
    "hatecheck_zh": {
        "hatecheck_cases_final_mandarin.csv": "d094336d73fb3b2817a04cac226687fc",
    },
    "holistic_bias": {
        "descriptors.json": "c1328f0edfdeefb76302d360a01878df",
        "nouns.json": "9bbe15bf01ea8827fd5d68a81ee2b05e",
        "sentence_templates.json": "8b1cf8fc3c9a10b12cf77902e8c2ff3d",
        "standalone_noun_phrases.json": "bac592574f81df55e8c8d8e3919a866d",
    },
    "honest": {
        "en_template.tsv": "31cc5a89729638975eaf0de3457ed87c",
    },
    "unintended_bias": {
        "words.csv": "1cca05c17d7ed990125cbdccca6ca15d",
    },
    "weat": {
        "WEAT.json": "1a4a448a1825b29c67a7ebb773334308",
    },
    "winobias": {
        "anti_stereotyped_type1.txt.dev": "a4e0ebae344e78b56f657a42e8ae684b",
        "anti_stereotyped_type1.txt.test": "331db5bd74bfefebf146a60b67645152",
        "anti_stereotyped_type2.txt.dev": "763ad829ad724f9a85ead689ba8ca690",
        "anti_stereotyped_type2.txt.test": "336571ac1ea8c06cd2aba8e5dd2bd98e",
        "female_occupations.txt": "693bff12286c2c1d46c7d4d45a44a631",
        "male_occupations.txt": "6b82d88847b69d56d207a0c396e9830b",
        "pro_stereotyped_type1.txt.dev": "dd55a0d220fe4c0ceb63dd4648223fb4",
        "pro_stereotyped_type1.txt.test": "db7838907238a758eeb5779e48f38c01",
        "pro_stereotyped_type2.txt.dev": "8f0250de723cea9328e3eaf7169e0793",
        "pro_stereotyped_type2.txt.test": "ea1c1fd94fa612e3cc44d7fa3cc4cb76",
    },
}
