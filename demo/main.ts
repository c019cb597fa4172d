/**
 * The demo on its own, against any provider:
 * `ISSUER=https://id.example.com CLIENT_ID=… CLIENT_SECRET=… PORT=3001 node demo/main.ts`
 */
import { demoAddresses, startDemo } from './server.ts'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT = '3001', HOST } = process.env
if (!ISSUER || !CLIENT_ID || !CLIENT_SECRET) {
  console.error('Set ISSUER, CLIENT_ID and CLIENT_SECRET. PORT (3001) and HOST (127.0.0.1) are optional.')
  process.exit(2)
}

const { url, close } = await startDemo({
  issuer: ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  port: Number(PORT),
  host: HOST,
})
console.log(`The example application: ${url}`)
console.log('Its client at the provider needs:', demoAddresses(url))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
