import type { Connection } from './connection.ts'

interface NodeApp {
  port: number
  env: Record<string, string>
  script?: string
}

/** Installs the packages of an application for Node, and starts it. */
export async function startNodeApp(connection: Connection, { port, env, script = 'app.js' }: NodeApp): Promise<void> {
  const cwd = await connection.build({ from: ['package.json', 'package-lock.json'], run: [['npm', 'ci']] })
  await connection.start(process.execPath, [script], { cwd, port, env: { PORT: String(port), ...env } })
}
