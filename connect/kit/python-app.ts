import type { Connection } from './connection.ts'
import type { Client } from './provider.ts'

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
  const env = {
    DJANGO_SETTINGS_MODULE: 'settings',
    PYTHONPATH: cwd,
    DATABASE: `${await connection.folder()}/database`,
    ISSUER: connection.issuer,
    CLIENT_ID: client.id,
    CLIENT_SECRET: client.secret,
  }
  const django = ['-m', 'django']
  await connection.run([`${cwd}/venv/bin/python`, ...django, 'migrate'], cwd, env)
  const serve = ['runserver', '--noreload', String(port)]
  await connection.start(`${cwd}/venv/bin/python`, [...django, ...serve], { cwd, port, env })
}
