/**
 * How a text is written as a value in a configuration file: with quotes where the language needs them, and with every
 * character escaped that could end the value.
 */
const LITERALS = {
  /** Commands, and files of environment variables. */
  sh: text => (/^[\w.,:/@%+~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`),
  json: text => JSON.stringify(text),
  yaml: text => JSON.stringify(text),
  toml: text => JSON.stringify(text),
  go: text => JSON.stringify(text),
  csharp: text => JSON.stringify(text),
  java: text => JSON.stringify(text),
  hcl: text => JSON.stringify(text).replaceAll(/[$%](?=\{)/g, '$&$&'),
  js: singleQuoted,
  ts: singleQuoted,
  tsx: singleQuoted,
  python: singleQuoted,
  php: singleQuoted,
  ruby: singleQuoted,
  rust: doubleQuoted,
  apache: doubleQuoted,
  caddyfile: doubleQuoted,
  nginx: doubleQuoted,
  properties: text => text.replaceAll('\\', '\\\\'),
  ini: text => text,
  /** Fields of a screen, to be copied one by one. */
  text: text => text,
} satisfies Record<string, (text: string) => string>

export type Language = keyof typeof LITERALS

export function literal(language: Language, text: string): string {
  return LITERALS[language](text)
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}

function doubleQuoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, '\\$&')}"`
}
