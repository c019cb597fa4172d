import type { Context } from '../context.ts'
import type { Visit } from './door.ts'
import type { AccountParts } from './parts.ts'

/** The applications that the person has let in, and what they may. */
export class Applications {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async page(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame, show } = this.#parts
    const applications = await app.applications.of(visit.person.id)
    const resources = new Map((await app.resources.list()).map(resource => [resource.id, resource.name]))
    show(ctx, 'account/applications', {
      ...(await frame.around(ctx, visit, 'applications')),
      applications: applications.map(({ client, scopes, resources: granted, since, firstParty }) => ({
        id: client.id,
        name: client.name,
        uri: client.uri ?? null,
        logoUri: client.logoUri ?? null,
        scopes,
        resources: Object.entries(granted).map(([id, names]) => ({ name: resources.get(id) ?? id, scopes: names })),
        since,
        firstParty,
      })),
    })
  }

  async withdraw(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    await app.applications.withdraw(visit.person.id, ctx.state.form.get('client') ?? '', {
      by: frame.actor(ctx, visit),
    })
    frame.back(ctx, 'applications', 'withdrawn')
  }
}
