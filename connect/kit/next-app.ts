import type { Page } from 'playwright-core'
import type { Connection } from './connection.ts'
import { paste, printedFor } from './pasting.ts'
import { WebApplication } from './web-application.ts'

/** The program of Next.js, in the folder of an application. */
export const NEXT = 'node_modules/next/dist/bin/next'

interface NextApp {
  /** The preset of Gatehouse, and the variable in which its environment has the secret that a person makes. */
  preset: string
  secret: string
  /** The file of the application that is pasted. */
  file: string
  known: string
}

/** Starts an application made with Next.js with the code and the environment that Gatehouse prints. */
export async function pasteNextApp(
  connection: Connection,
  cwd: string,
  { preset, secret, file, known }: NextApp,
): Promise<WebApplication> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.preset(preset, '--url', url)
  const printed = printedFor(client, 'The environment of the server', { [`${secret}=`]: `${secret}=${SECRET}` })
  const env = Object.fromEntries(
    [...printed.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
  await paste(client, `${cwd}/preset.js`, `${cwd}/${file}`)
  await connection.start(process.execPath, [NEXT, 'dev', '--port', String(port)], { cwd, port, env })
  return WebApplication.open({
    connection,
    client,
    url,
    begin: page => beginNextAuth(page, `${url}/api/auth`),
    known: async page => (await page.goto(`${url}${known}`))?.json(),
  })
}

/** The page of NextAuth and Auth.js, with a button for each provider. */
export async function beginNextAuth(page: Page, base: string): Promise<void> {
  await page.goto(`${base}/signin`)
  await page.getByRole('button', { name: 'Sign in with Gatehouse' }).click()
}

const SECRET = 'of this application alone, with at least 32 characters'
