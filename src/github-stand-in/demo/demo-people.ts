import type { SignatureSpec } from "../git/git-write.js";

/** Some have an account by GitHub's noreply address, some by a linked e-mail, one has none. */
export const DEMO_TEAM: readonly SignatureSpec[] = [
  { name: "Ada Wren", email: "4101+ada-w@users.noreply.github.com" },
  { name: "Tomás Rivera", email: "tomas@lighthouse.example" },
  { name: "Ingrid Solheim", email: "4377+isolheim@users.noreply.github.com" },
  { name: "Kofi Mensah", email: "kofi@lighthouse.example" },
  { name: "李明", email: "5120+liming@users.noreply.github.com" },
  { name: "Noor Haddad", email: "noor.haddad@mail.example" },
];

/** Who translates: each writes from one side or the other. */
export const DEMO_TRANSLATORS: readonly SignatureSpec[] = [
  { name: "田中さくら", email: "6201+sakura-t@users.noreply.github.com" },
  { name: "Ольга Кузнецова", email: "6202+olga-k@users.noreply.github.com" },
  { name: "محمد الفاسي", email: "6203+mfassi@users.noreply.github.com" },
  { name: "דנה לוי", email: "dana.levi@mail.example" },
  { name: "김민준", email: "6205+minjun@users.noreply.github.com" },
  { name: "Ελένη Παππά", email: "6206+eleni@users.noreply.github.com" },
  { name: "प्रिया शर्मा", email: "priya@mail.example" },
  { name: "Đặng Thị Hoa", email: "6208+hoa-d@users.noreply.github.com" },
];

export const DEMO_BOTS: readonly SignatureSpec[] = [
  { name: "dependabot[bot]", email: "49699333+dependabot[bot]@users.noreply.github.com" },
  { name: "renovate[bot]", email: "29139614+renovate[bot]@users.noreply.github.com" },
  { name: "github-actions[bot]", email: "41898282+github-actions[bot]@users.noreply.github.com" },
];

export const DEMO_LINKED_EMAILS: readonly (readonly [email: string, login: string])[] = [
  ["tomas@lighthouse.example", "trivera"],
  ["kofi@lighthouse.example", "kofi-m"],
];

/** Those who know a large project well. */
export const DEMO_MAINTAINERS: readonly SignatureSpec[] = [
  { name: "Mira Lindqvist", email: "6301+mira-l@users.noreply.github.com" },
  { name: "Jonas Weber", email: "6302+jweber@users.noreply.github.com" },
  { name: "佐藤あいこ", email: "6303+aiko-s@users.noreply.github.com" },
  { name: "Amara Okafor", email: "amara@harbor.example" },
  { name: "Сергей Иванов", email: "6305+s-ivanov@users.noreply.github.com" },
];

const GIVEN = [
  ...["Aiko", "Luca", "Zoë", "Ravi", "Émile", "Nadia", "Ines", "Piotr", "Yara", "Tariq", "Hana"],
  ...[
    "Milo",
    "Freya",
    "Kwame",
    "Leila",
    "Oskar",
    "Sanne",
    "Diego",
    "Anh",
    "Bruno",
    "Signe",
    "Ulla",
  ],
];
const FAMILY = [
  ...["García", "Nguyễn", "Novák", "O’Brien", "Popescu", "Șahin", "van Dijk", "Larsen", "Çelik"],
  ...["Müller", "Costa", "Haddad", "Kim", "Rossi", "Silva", "Berg", "Ito", "Dubois", "Kaya", "Ng"],
  ...["Horváth", "Ek", "Moreau", "Singh", "Bauer", "Lund", "Petrov", "Mbeki", "Reyes", "Stein"],
  ...["Farah", "Jansen", "Kowalski", "Olsen", "Pereira", "Quist", "Sato", "Tan", "Vega", "Wolf"],
];

/** Who comes to it with a few commits and leaves again, in the order of their coming. */
export const DEMO_PASSERS_BY: readonly SignatureSpec[] = FAMILY.flatMap((_, row) =>
  GIVEN.map((given, column) => {
    const number = 7_001 + row * GIVEN.length + column;
    const family = FAMILY[(row + 7 * column) % FAMILY.length]; // no two of a family come together
    const account = `${number}+passer-by-${number}@users.noreply.github.com`;
    const email = number % 7 === 0 ? `passer-by-${number}@mail.example` : account;
    return { name: `${given} ${family}`, email };
  }),
);
