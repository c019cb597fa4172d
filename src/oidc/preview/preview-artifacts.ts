import type { Needs } from '../../base/nouns.ts'
import type { Artifact, Artifacts, Change, Kind, Listed } from '../../storage/artifacts/artifacts.ts'
import type { Sql } from '../../storage/database/sql.ts'
import { UnconfirmedResponses } from '../../storage/replay/unconfirmed-responses.ts'

/** What a preview makes (a grant, a code, tokens), in memory: nothing of it can be used, and nothing is left of it. */
export class PreviewArtifacts implements Artifacts {
  readonly #records = new Map<string, Artifact>()

  async get(kind: Kind, id: string): Promise<Artifact | undefined> {
    return this.#records.get(`${kind}:${id}`)
  }

  async getWithGrant(kind: Kind, id: string): Promise<{ record?: Artifact; grant?: Artifact }> {
    const record = await this.get(kind, id)
    const grant = record?.grantId === undefined ? undefined : await this.get('Grant', record.grantId)
    return { ...(record && { record }), ...(grant && { grant }) }
  }

  async byUid(): Promise<undefined> {}

  async byGrant(): Promise<Listed[]> {
    return []
  }

  async byAccount(): Promise<Listed[]> {
    return []
  }

  /** Each record is used once, so that consuming or dropping it changes nothing. */
  async commit(changes: readonly Change[]): Promise<boolean> {
    for (const change of changes)
      if (change.do === 'put') this.#records.set(`${change.kind}:${change.id}`, structuredClone(change.payload))
    return true
  }

  async putIfAbsent(): Promise<boolean> {
    return true
  }

  async dropGrant(): Promise<void> {}

  async dropAccount(): Promise<void> {}

  async probe(): Promise<Date> {
    return new Date()
  }

  async close(): Promise<void> {}
}

const NO_ROWS: Sql = { query: async () => [], transaction: work => work(NO_ROWS) }

/** The responses of a preview that could not be sent. None is kept: no client retries. */
export function unkeptResponses({ log }: Needs<'log'>): UnconfirmedResponses {
  return new UnconfirmedResponses({ sql: NO_ROWS, log })
}
