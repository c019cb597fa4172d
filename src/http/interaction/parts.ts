import type { App } from '../../app.ts'
import { OWN_CLIENT } from '../../clients/client.ts'
import { isWebUrl } from '../../clients/uris.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Interactions } from '../../oidc/interactions.ts'
import type { Context } from '../context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { Show } from '../show.ts'

/** What the pages of an interaction are made from. */
export interface Parts {
  app: App
  interactions: Interactions
  forms: Forms
  show: Show
}

export type Leave = (ctx: Context, address: string) => void

/**
 * Within an interaction, and straight to a provider, a redirect leads. Where an interaction ends, the library answers the
 * application, which may redirect to any other host, and browsers hold that to the policy of the form that began it all,
 * however many redirects ago: so there a page leads on. Not to an application on the device, which opens only for what a
 * person does, nor to our own account pages.
 */
export function leaveFor(interaction: Interaction, { app, show }: Pick<Parts, 'app' | 'show'>): Leave {
  const { client } = interaction
  const { issuer } = app.config
  const byPage = client.id !== OWN_CLIENT && isWebUrl(interaction.parameter('redirect_uri') ?? '')
  return (ctx, address) => {
    // The library's address is a whole one; what leads to another step is a path.
    if (byPage && address.startsWith(`${issuer}/`))
      return show(ctx, 'onward', { client, url: address.slice(new URL(issuer).origin.length) })
    ctx.status = 303
    ctx.redirect(address)
  }
}

/** The address of an action of this interaction. */
export function actionOf(app: App, interaction: Interaction, action: string): string {
  return `${app.config.basePath}/interaction/${interaction.uid}/${action}`
}
