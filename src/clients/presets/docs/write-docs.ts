import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { KINDS } from '../client-preset.ts'
import { CLIENT_PRESETS } from '../client-presets.ts'
import { clientPage, table } from './client-page.ts'

/** `npm run docs:clients` writes docs/clients from the presets. Run it after changing one. */

const FOLDER = new URL('../../../../docs/clients/', import.meta.url)

/** Every page of `docs/clients`, by the name of its file. */
export function clientPages(): Map<string, string> {
  return new Map([
    ['README.md', overview()],
    ...CLIENT_PRESETS.map(each => [`${each.name}.md`, clientPage(each)] as const),
  ])
}

function overview(): string {
  const rows = CLIENT_PRESETS.map(({ name, title, kind, profile, tested }) => [
    `[${title}](${name}.md)`,
    `\`${name}\``,
    KINDS[kind],
    `\`${profile}\``,
    tested ? `${tested.version}: ${tested.how}` : 'from its documentation',
  ])
  return `# Programs that sign people in with Gatehouse

Generated from \`src/clients/presets\` by \`npm run docs:clients\`.

\`\`\`sh
gatehouse clients add --for oauth2-proxy --url https://app.example.com
\`\`\`

This registers what the program needs (redirect URIs, scopes, client authentication) and prints its configuration, with
the issuer, the client ID and the secret filled in. Options given as well, such as \`--redirect-uri\` or
\`--first-party\`, replace those of the preset. \`gatehouse clients presets\` lists all programs.

A program that is not listed needs no preset: see [Connecting an application](../integrate.md).

“From its documentation” means that we have not connected this program to Gatehouse yet; the others were, in the version
that is named.

${table(['program', '`--for`', 'kind', 'profile', 'tested'], rows)}
`
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true })
  for (const name of readdirSync(FOLDER)) rmSync(new URL(name, FOLDER))
  for (const [name, text] of clientPages()) writeFileSync(new URL(name, FOLDER), text)
}
