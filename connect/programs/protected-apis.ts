import { fileURLToPath } from 'node:url'
import type { Program } from '../kit/connection.ts'
import { checkProtectedApi } from '../kit/protected-api.ts'
import { installPython } from '../kit/python-app.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))

/** The example of an API with FastAPI and PyJWT. */
export const apiFastapi: Program = {
  name: 'api-fastapi',
  needs: ['python'],
  async connect(connection) {
    const cwd = await installPython(connection)
    await checkProtectedApi(connection, [`${cwd}/venv/bin/python`, `${EXAMPLES}/api-fastapi.py`])
  },
}

/** The example of an API with net/http and go-oidc. */
export const apiGo: Program = {
  name: 'api-go',
  needs: ['go'],
  async connect(connection) {
    const program = `${await connection.folder()}/api`
    await connection.run(['go', 'build', '-o', program, '.'], `${EXAMPLES}/api-go`)
    await checkProtectedApi(connection, [program])
  },
}
