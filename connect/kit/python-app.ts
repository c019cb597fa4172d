import { appendFile, copyFile, writeFile } from 'node:fs/promises'
import { sourceOf } from './builds.ts'
import type { Connection } from './connection.ts'
import { printedFor } from './pasting.ts'
import type { Client } from './provider.ts'
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
  const database = `${await connection.folder()}/database`
  const [ISSUER, CLIENT_ID, CLIENT_SECRET] = [connection.issuer, client.id, client.secret]
  const env = { DJANGO_SETTINGS_MODULE: 'settings', DATABASE: database, ISSUER, CLIENT_ID, CLIENT_SECRET }
  await serveDjango(connection, { python: `${cwd}/venv/bin/python`, cwd, port, env })
}

/** A new project of Django, with what Gatehouse prints for this program pasted to its files. */
export async function pasteDjango(connection: Connection, ways: (url: string) => Partial<Ways> & { url: string }) {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const preset = await connection.preset(connection.name, '--url', url)
  const installed = await installPython(connection)
  const [python, cwd] = [`${installed}/venv/bin/python`, await connection.folder()]
  await connection.run([python, '-m', 'django', 'startproject', 'application', '.'], cwd)
  await copyFile(sourceOf('django', 'home.py'), `${cwd}/home.py`)
  await appendFile(`${cwd}/application/settings.py`, `TEMPLATES[0]["DIRS"] = ["${installed}/templates"]\n`)
  await appendFile(`${cwd}/application/settings.py`, printedFor(preset, 'settings.py'))
  await appendFile(`${cwd}/application/urls.py`, printedFor(preset, 'urls.py'))
  await appendFile(`${cwd}/application/urls.py`, '\nurlpatterns += [path("", include("home"))]\n')
  await writeFile(`${cwd}/gatehouse.py`, printedFor(preset, 'gatehouse.py'))
  const env = { DJANGO_SETTINGS_MODULE: 'application.settings' }
  await serveDjango(connection, { python, cwd, port, env })
  return WebApplication.open({ connection, client: preset, ...ways(url) })
}

interface DjangoProject {
  python: string
  cwd: string
  port: number
  env: Record<string, string>
}

async function serveDjango(connection: Connection, { python, cwd, port, env }: DjangoProject): Promise<void> {
  const django = ['-m', 'django']
  await connection.run([python, ...django, 'migrate'], cwd, env)
  const serve = ['runserver', '--noreload', String(port)]
  await connection.start(python, [...django, ...serve], { cwd, port, env })
}
