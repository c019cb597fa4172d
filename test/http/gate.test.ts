import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import { Gate } from '../../src/http/server/gate.ts'

/** Turns of the event loop until a request begins. */
async function turnsUntilBegun(gate: Gate, eachTurn: () => void): Promise<number> {
  let begun = false
  gate.enter(new IncomingMessage(new Socket()), () => {
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

test('F-11: while new connections come in they are taken before a request begins, in so many turns at most', async t => {
  const gate = new Gate()
  t.is(await turnsUntilBegun(gate, () => {}), 1)
  let connections = 3
  t.is(await turnsUntilBegun(gate, () => connections-- > 0 && gate.connected()), 4)
  t.is(await turnsUntilBegun(gate, () => gate.connected()), 17)
  t.is(await turnsUntilBegun(gate, () => {}), 1)
})
