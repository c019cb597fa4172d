import type { ClaimReason } from '../../src/oidc/preview/claim-reasons.ts'
import { type Preview, type PreviewRequest, previewClaims } from '../../src/oidc/preview/claims-preview.ts'
import { aligned, printable } from '../kit/output.ts'
import type { Verb } from '../kit/verb.ts'

export function previewVerb(clients: Verb): void {
  clients
    .verb(
      'preview-claims <client_id> [account]',
      'Show what an application receives about an account, and why; changes nothing',
      'wiki ada@example.com',
      'wiki ada@example.com --scope "openid email"',
      'shop ada@example.com --resource https://api.example.com',
    )
    .option('--scope <scopes>', 'Scopes that the application requests, in one argument; by default all that it may')
    .option('--resource <uri>', 'API that it requests an access token for')
    .option('--claims <json>', 'Claims that it requests by name (the parameter claims)')
    .run(async ({ app, out }, id: string, account: string | undefined, request: PreviewRequest) => {
      const client = await app.clients.find(id)
      const preview = await previewClaims(app, client, account, request)
      out.text({ client: id, account: account ?? null, ...preview }, text(preview, account))
    })
}

function text({ scope, withheld, unasked, accessTokenFormat, tokens }: Preview, account: string | undefined): string {
  const kept = withheld.map(
    ({ resource, scopes, reason, fix }) => `Not granted at ${resource}: ${scopes.join(' ')} - ${reason}; ${fix}\n`,
  )
  const asked = [
    ...[...unasked.scopes, ...unasked.claims],
    ...Object.entries(unasked.resources).map(([resource, scopes]) => `${scopes.join(', ')} at ${resource}`),
  ]
  const consent = asked.length > 0 ? `Not allowed yet; ${account} would be asked: ${asked.join(', ')}\n` : ''
  const how = accessTokenFormat === 'jwt' ? 'JWT' : 'opaque, as introspection describes it'
  const sections = [
    section('ID token', tokens.id_token),
    section(`Access token (${how})`, tokens.access_token),
    section('Userinfo', tokens.userinfo),
  ]
  return printable(`Granted scopes: ${scope || '-'}\n${kept.join('')}${consent}\n${sections.join('\n')}`)
}

function section(title: string, previewed: Preview['tokens']['userinfo']): string {
  if (!previewed) return `${title}: none\n`
  const { payload, claims } = previewed
  const absent = byReason(claims.filter(({ present }) => !present))
  const there = aligned(claims.filter(({ present }) => present).map(({ claim, reason }) => [claim, reason]))
  return `${title}\n${JSON.stringify(payload, null, 2)}\n${there}${absent && `Not in it\n${absent}`}`
}

/** Claims that are missing for the same reason, in one line. */
function byReason(claims: ClaimReason[]): string {
  const groups = Map.groupBy(claims, ({ reason }) => reason)
  return [...groups].map(([reason, group]) => `  ${group.map(({ claim }) => claim).join(', ')} - ${reason}\n`).join('')
}
