import type { App } from '../../app.ts'
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

/** The address of an action of this interaction. */
export function actionOf(app: App, interaction: Interaction, action: string): string {
  return `${app.config.basePath}/interaction/${interaction.uid}/${action}`
}
