/**
 * A process of its own: `node bench/seed.ts '{"issuer":…,"accounts":64}'` with Gatehouse's environment fills its database
 * (seeding.ts) and prints the fixture as JSON.
 */
import { createApp } from '../src/app.ts'
import { loadConfig } from '../src/base/config.ts'
import { seed } from './seeding.ts'

const { issuer, accounts }: { issuer: string; accounts: number } = JSON.parse(process.argv[2] ?? '')
const app = await createApp(loadConfig())
const fixture = await seed(app, { issuer, accounts })
await app.close()
console.log(JSON.stringify(fixture))
