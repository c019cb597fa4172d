import type { Connection } from './connection.ts'
import { paste } from './pasting.ts'
import type { Client, Preset } from './provider.ts'
import { type Ways, WebApplication } from './web-application.ts'

/** Installs the packages of an application for Python. @returns its folder, with a virtual environment in `venv` */
export function installPython(connection: Connection): Promise<string> {
  const install = [
    'venv/bin/pip',
    'install',
    '--quiet',
    '--no-compile',
    '--disable-pip-version-check',
    '-r',
    'requirements.txt',
  ]
  return connection.build({ from: ['requirements.txt'], run: [['python3', '-m', 'venv', 'venv'], install] })
}

/** Installs an application made with Django, creates its database, and starts it. */
export async function startDjango(connection: Connection, client: Client, port: number): Promise<void> {
  const cwd = await installPython(connection)
  await serveDjango(connection, cwd, {
    settings: 'settings',
    port,
    env: { ISSUER: connection.issuer, CLIENT_ID: client.id, CLIENT_SECRET: client.secret },
  })
}

/** The same with the settings and addresses that Gatehouse prints. Its application shows the email of the person alone. */
export async function pasteDjango(connection: Connection, preset: Preset, ways: Partial<Ways> & { url: string }) {
  const cwd = await installPython(connection)
  for (const module of ['settings', 'urls'])
    await paste(preset, `${cwd}/preset_${module}.py`, `${cwd}/pasted_${module}.py`)
  await serveDjango(connection, cwd, { settings: 'pasted_settings', port: Number(new URL(ways.url).port) })
  return WebApplication.open({ connection, client: preset, roles: false, ...ways })
}

async function serveDjango(
  connection: Connection,
  cwd: string,
  { settings, port, env }: { settings: string; port: number; env?: Record<string, string> },
): Promise<void> {
  const database = `${await connection.folder()}/database`
  const all = { DJANGO_SETTINGS_MODULE: settings, PYTHONPATH: cwd, DATABASE: database, ...env }
  const [python, django] = [`${cwd}/venv/bin/python`, ['-m', 'django']]
  await connection.run([python, ...django, 'migrate'], cwd, all)
  const serve = ['runserver', '--noreload', String(port)]
  await connection.start(python, [...django, ...serve], { cwd, port, env: all })
}
