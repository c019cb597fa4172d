import { NotFound } from '../../base/refusals.ts'
import { digest } from '../../base/secrets.ts'
import { isDocumentAddress } from '../../clients/metadata-documents/document-address.ts'
import { OwnApi } from '../../clients/own-api.ts'
import type { Access } from '../../grants/consent.ts'
import { translatorFor } from '../../i18n/translator.ts'
import { disclosedClaims } from '../../oidc/people/claims.ts'
import { form } from '../kit/pages/route.ts'
import type { Step, Turn } from './turn.ts'

/** What is known of an application that no operator has registered. */
interface Unchecked {
  /** when it registered itself */
  since: Date
  /** the host of the document that describes it, if it did not register itself */
  describedAt: string | null
  /** the host that it sends people to; null for this device */
  sendsTo: string | null
}

declare module './page-data.ts' {
  interface InteractionPages {
    'interaction/consent': SignInPage & {
      action: string
      /** identifies what the page shows: nothing else is agreed to */
      shown: string
      account: { email: string; name: string }
      unchecked: Unchecked | null
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
    shown: shown(interaction.request.access),
  })
}

function unchecked({ interaction }: Turn): Unchecked | null {
  const { id, selfRegisteredAt: since } = interaction.client
  const describedAt = isDocumentAddress(id) ? new URL(id).host : null
  return since && { since, describedAt, sendsTo: interaction.request.redirectHost }
}

async function decide(turn: Turn): Promise<void> {
  const { by, interaction } = turn
  const allowed = turn.field('decision') === 'allow'
  // A role that the person has been given since would add scopes that the page did not show.
  if (allowed && turn.field('shown') !== shown(interaction.request.access)) return turn.restart()
  const who = { ...by, kind: 'account', id: interaction.accountId } as const
  turn.leave(allowed ? await interaction.completeConsent({ by: who }) : await interaction.cancel())
}

function shown(access: Access): string {
  return digest(JSON.stringify(access))
}

/** The API of Gatehouse itself is described in the person's language, those of operators as they described them. */
function resourcesOf({ app, ctx }: Turn, { resources }: Access) {
  const translator = translatorFor(ctx.state.locale)
  return Promise.all(
    Object.entries(resources).map(async ([id, scopes]) => {
      const resource = await app.resources.findCached(id)
      const described = new Map(resource?.scopes.map(scope => [scope.name, scope.description]))
      const words = (name: string) =>
        resource instanceof OwnApi ? translator.t(`permission.${name}`) : described.get(name) || null
      const named = scopes.map(name => ({ name, description: words(name) }))
      return { name: resource?.name ?? id, scopes: named }
    }),
  )
}
