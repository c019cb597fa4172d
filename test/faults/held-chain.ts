import type { App } from '../../src/app.ts'

const nothing = () => {}

/** A log that says nothing. */
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Another session holds the audit chain, until the returned function is called. */
export async function chainHeld(app: App): Promise<() => Promise<void>> {
  const [held, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = app.scope(() =>
    app.atomically.alone('audit chain', undefined, async () => {
      held.resolve()
      await end.promise
    }),
  )
  await held.promise
  return async () => {
    end.resolve()
    await holding
  }
}
