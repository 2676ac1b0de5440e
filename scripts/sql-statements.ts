/** One token of SQL that a `;` may stand in: a comment, a string, a quoted name, a dollar-quoted body. */
const QUOTED =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\bE'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|(\$\w*\$)[\s\S]*?\1/gi;

/** The statements of a script, without their comments and the `;` at their ends. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let statement = "";
  let position = 0;
  const add = (plain: string) => {
    const [first = "", ...others] = plain.split(";");
    statement += first;
    for (const other of others) {
      statements.push(statement);
      statement = other;
    }
  };
  for (const { index, 0: token } of sql.matchAll(QUOTED)) {
    add(sql.slice(position, index));
    statement += /^(--|\/\*)/.test(token) ? " " : token;
    position = index + token.length;
  }
  add(sql.slice(position));
  return [...statements, statement].map((text) => text.trim()).filter((text) => text !== "");
}
