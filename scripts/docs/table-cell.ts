// Text inside a cell of a Markdown table: one line, and no bar or angle bracket that would be taken for markup.

export function tableCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
