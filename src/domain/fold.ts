/**
 * A text in lower case, as Unicode has it for every language, in a normal form: composed and decomposed
 * letters alike ("NFC"), full and half widths too ("NFKC"). A sigma is one wherever it stands in a word.
 */
export function fold(text: string, form: "NFC" | "NFKC"): string {
  return text.normalize(form).toLowerCase().replaceAll("ς", "σ").normalize(form);
}
