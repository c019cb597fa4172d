/** Another process that starts as a server does: it migrates, creates keys, and reports both. */
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/base/config.ts'

const app = await createApp(loadConfig())
await app.scope(() => app.keys.ensure())
const { applied, pending } = await app.migrations.status()
const keys = await app.scope(() => app.keys.list())
await app.close()
process.send?.({ applied: applied.map(({ name }) => name), pending, keys: keys.map(({ kid }) => kid) })
process.disconnect?.()
