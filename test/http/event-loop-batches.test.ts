import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import { EventLoopBatches } from '../../src/http/server/event-loop-batches.ts'

/** The number of turns of the event loop until a request starts. */
async function turnsUntilBegun(batches: EventLoopBatches, eachTurn: () => void): Promise<number> {
  let begun = false
  batches.add(new IncomingMessage(new Socket()), () => {
    begun = true
  })
  let turns = 0
  while (!begun) {
    eachTurn()
    await turn()
    turns += 1
  }
  return turns
}

test('F-11: new connections are accepted before requests start, for a limited number of turns', async t => {
  const batches = new EventLoopBatches()
  t.is(await turnsUntilBegun(batches, () => {}), 1)
  let connections = 3
  t.is(await turnsUntilBegun(batches, () => connections-- > 0 && batches.connectionAccepted()), 4)
  t.is(await turnsUntilBegun(batches, () => batches.connectionAccepted()), 17)
  t.is(await turnsUntilBegun(batches, () => {}), 1)
})
