import type { App } from '../../app.ts'

/** The names of all applications by client_id. */
export async function clientNames({ clients }: App): Promise<Map<string, string>> {
  return new Map((await clients.list()).map(({ id, name }) => [id, name]))
}
