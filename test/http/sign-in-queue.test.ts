import test from 'ava'
import { Busy } from '../../src/base/refusals.ts'
import { SignInQueue, type Stage } from '../../src/http/server/sign-in-queue.ts'

test('F-11: one place in four goes to new sign-ins and the others to sign-ins in progress, and each kind has its own queue', async t => {
  const queue = new SignInQueue({ atOnce: 1, waiting: 4 })
  const leave = await queue.enter('continue')
  const order: Stage[] = []
  const take = async (stage: Stage) => {
    const end = await queue.enter(stage)
    order.push(stage)
    end()
  }
  const waiting = [...Array<Stage>(4).fill('begin'), ...Array<Stage>(4).fill('continue')].map(take)
  await t.throwsAsync(queue.enter('begin'), { instanceOf: Busy })
  await t.throwsAsync(queue.enter('continue'), { instanceOf: Busy })
  leave()
  leave()
  await Promise.all(waiting)
  t.deepEqual(order, ['continue', 'continue', 'continue', 'begin', 'continue', 'begin', 'begin', 'begin'])
  const free = await queue.enter('begin')
  const kept = queue.enter('continue')
  free()
  ;(await kept)()
})
