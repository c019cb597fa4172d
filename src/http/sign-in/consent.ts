import { NotFound } from '../../base/refusals.ts'
import type { Access } from '../../grants/consent.ts'
import { disclosedClaims } from '../../oidc/people/claims.ts'
import { form } from '../kit/pages/route.ts'
import type { Step, Turn } from './turn.ts'

declare module './page-data.ts' {
  interface InteractionPages {
    'interaction/consent': SignInPage & {
      action: string
      account: { email: string; name: string }
      /** for an application that registered itself: since when, and the host it sends people to, null for this device */
      unchecked: { since: Date; sendsTo: string | null } | null
      learns: { scope: string; claims: { name: string; value: string }[] }[]
      resources: { name: string; scopes: { name: string; description: string | null }[] }[]
      /** with a refresh token: access while the person is away */
      offline: boolean
      /** seconds */
      duration: number
    }
  }
}

/** The consent page shows what the application will receive, with real values, what it may do, and for how long. */
export const consentRoutes: Step[] = [{ ...form('/consent', decide), prompt: 'consent' }]

export async function consentPage(turn: Turn): Promise<void> {
  const { interaction } = turn
  const person = await interaction.person()
  if (!person) throw new NotFound('no one is signed in here', 'session_not_found')
  turn.show('interaction/consent', {
    account: { email: person.email, name: person.name ?? '' },
    unchecked: unchecked(turn),
    learns: disclosedClaims(person, interaction.request.access),
    resources: await resourcesOf(turn, interaction.request.access),
    offline: interaction.request.offlineAccess,
    duration: interaction.request.accessDuration,
    action: turn.action('consent'),
  })
}

function unchecked({ interaction }: Turn): { since: Date; sendsTo: string | null } | null {
  const { selfRegisteredAt: since } = interaction.client
  return since && { since, sendsTo: interaction.request.redirectHost }
}

async function decide(turn: Turn): Promise<void> {
  const { by, interaction } = turn
  const allowed = turn.field('decision') === 'allow'
  const who = { ...by, kind: 'account', id: interaction.accountId } as const
  turn.leave(allowed ? await interaction.completeConsent({ by: who }) : await interaction.cancel())
}

function resourcesOf({ app }: Turn, { resources }: Access) {
  return Promise.all(
    Object.entries(resources).map(async ([id, scopes]) => {
      const resource = await app.resources.findCached(id)
      const described = new Map(resource?.scopes.map(scope => [scope.name, scope.description]))
      const named = scopes.map(name => ({ name, description: described.get(name) || null }))
      return { name: resource?.name ?? id, scopes: named }
    }),
  )
}
