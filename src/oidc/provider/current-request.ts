import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Actor } from '../../base/actor.ts'
import type { ImpersonationMark } from '../../sessions/session-metadata.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'
import { Provider } from './library.ts'

const units = new WeakMap<object, UnitOfWork>()

/** The unit of work of the current request; undefined outside of a protocol request. */
export function currentUnit(): UnitOfWork | undefined {
  const ctx = Provider.ctx
  return ctx && units.get(ctx)
}

export function currentRoute(): string | undefined {
  return Provider.ctx?.oidc.route
}

/** The `uid` of the current request's session. */
export function currentSession(): string | undefined {
  return Provider.ctx?.oidc.session?.uid
}

/** Who acts as the person of the current request's session. */
export function currentImpersonation(): ImpersonationMark | undefined {
  return Provider.ctx?.oidc.session?.impersonation
}

/** The actor that sent the current request. */
export function currentVisitor(): Actor {
  return Provider.ctx?.state.visitor as Actor
}

export function beginUnit(ctx: object, unit: UnitOfWork): void {
  units.set(ctx, unit)
}

export function unitOf(ctx: KoaContextWithOIDC): UnitOfWork {
  const unit = units.get(ctx)
  if (!unit) throw new Error('the request has no unit of work')
  return unit
}
