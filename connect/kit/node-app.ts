import type { Connection } from './connection.ts'
import { type Edits, paste } from './pasting.ts'
import type { Preset } from './provider.ts'

interface NodeApp {
  port: number
  env?: Record<string, string>
  script?: string
}

/** Installs the packages of an application for Node. @returns its folder */
export function installNode(connection: Connection, app?: string): Promise<string> {
  return connection.build({ from: ['package.json', 'package-lock.json'], run: [['npm', 'ci']] }, app)
}

/** Installs an application for Node, and starts it. */
export async function startNodeApp(connection: Connection, { port, env, script = 'app.js' }: NodeApp): Promise<void> {
  const cwd = await installNode(connection)
  await connection.start(process.execPath, [script], { cwd, port, env: { PORT: String(port), ...env } })
}

/** The same with the code that Gatehouse prints, pasted into `preset.js`. */
export async function pasteNodeApp(
  connection: Connection,
  preset: Preset,
  { edits, ...app }: NodeApp & { edits?: Record<string, Edits> },
): Promise<void> {
  const cwd = await installNode(connection)
  await paste(preset, `${cwd}/preset.js`, `${cwd}/pasted.js`, edits)
  await startNodeApp(connection, { script: 'pasted.js', ...app })
}
