import { DEFAULT_ROLES_CLAIM } from '../../claims/claim-names.ts'
import { claimText } from '../../claims/claim-text.ts'
import { checkRegistration } from '../../registration.ts'
import type { ClientPreset } from '../client-preset.ts'
import { presetConfiguration, presetRegistration } from '../preset-registration.ts'

const EXAMPLE = { issuer: 'https://id.example.com', id: 'CLIENT_ID', secret: 'CLIENT_SECRET' }

/** Kinds of programs that people do not know by name: they know the application. */
const NAMELESS = ['proxies', 'frameworks', 'javascript']

/** The page of a program in `docs/clients`. */
export function clientPage(preset: ClientPreset): string {
  const { name, title, kind, documentation, tested, roles, signOut } = preset
  return `# ${title}

Generated from \`src/clients/presets/${kind}/${name}.ts\` by \`npm run docs:clients\`.

${tested ? `Connected to Gatehouse: version ${tested.version}, ${tested.how}.` : 'Written from its documentation, and not yet connected to Gatehouse by us.'} [Documentation of ${title}](${documentation})

## Register it

\`\`\`sh
${command(preset)}
\`\`\`

${preset.url ? `\`--url\` is ${preset.url.about}. ` : ''}A name, which people see, and every setting can be given too: they replace those of the preset.

${table(['registered as', ''], registered(preset))}

## Configure it

The command prints this with your issuer, client ID${secretOf(preset) ? ' and secret' : ''}.
${blocks(preset)}
${protection(preset)}

## Roles

${roles}

## Signing out

${signOut}

## When it does not work

${table(
  ['what you see', 'cause', 'what to do'],
  preset.troubles.map(({ symptom, cause, remedy }) => [symptom, cause, remedy]),
)}

What every application can run into is in [Connecting an application](../integrate.md#when-something-does-not-work).
`
}

function command({ name, kind, url }: ClientPreset): string {
  const application = NAMELESS.includes(kind) ? ' "My application"' : ''
  return `gatehouse clients add${application} --for ${name}${url ? ` --url ${url.example}` : ''}`
}

function checked(preset: ClientPreset) {
  return checkRegistration(presetRegistration(preset, preset.url?.example ?? null))
}

function secretOf(preset: ClientPreset): string | null {
  return checked(preset).tokenEndpointAuthMethod === 'none' ? null : EXAMPLE.secret
}

function registered(preset: ClientPreset): string[][] {
  const registration = checked(preset)
  const listed = (values: readonly string[]) => values.map(value => `\`${value}\``).join('<br>')
  const rows = [
    ['profile', `\`${registration.profile}\``],
    ['redirect URIs', listed(registration.redirectUris)],
    ['redirect URIs after sign-out', listed(registration.postLogoutRedirectUris)],
    ['back-channel logout', registration.backchannelLogoutUri ? `\`${registration.backchannelLogoutUri}\`` : ''],
    ['scopes', `\`${registration.scopes.join(' ')}\``],
    ['response types', same(registration.responseTypes, ['code']) ? '' : listed(registration.responseTypes)],
    ['roles claim', registration.rolesClaim === DEFAULT_ROLES_CLAIM ? '' : `\`${registration.rolesClaim}\``],
    ['claims', listed(registration.claims.map(claimText))],
    ['PKCE', registration.pkce === 'off' ? '`off`' : ''],
    ['verified email', registration.verifiedEmailRequired ? 'required' : ''],
  ]
  return rows.filter(([, value]) => value !== '')
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.join() === other.join()
}

function blocks(preset: ClientPreset): string {
  const client = { ...checked(preset), id: EXAMPLE.id }
  const registration = { issuer: EXAMPLE.issuer, client, secret: secretOf(preset) }
  return presetConfiguration(preset, preset.url?.example ?? null, registration)
    .map(({ where, language, text }) => `\n${where}:\n\n\`\`\`${language}\n${text}\n\`\`\`\n`)
    .join('')
}

/** What protects its codes. */
function protection({ pkce }: ClientPreset): string {
  if (pkce === 'default') return 'It sends PKCE without being told to.'
  if (pkce === 'nonce') return 'It sends a nonce, which is enough for a client with a secret.'
  if (pkce === 'none')
    return `It sends neither PKCE nor a nonce, so the client is registered with \`--pkce off\`. If your version sends one of them, require it: \`gatehouse clients update ID --pkce nonce\`.`
  return `\`${pkce.option}\` makes it send PKCE.`
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}
