/** The people of Example Upstream. They have no passwords: whoever tries it out is whom they click. */
export interface Somebody {
  sub: string
  name: string
  given_name: string
  family_name: string
  email: string
  /** Whether the provider vouches for the address. */
  email_verified: boolean
}

export const people: readonly Somebody[] = [
  somebody('upstream-mira', 'Mira', 'Sol', true),
  somebody('upstream-tomas', 'Tomas', 'Reed', true),
  somebody('upstream-noor', 'Noor', 'Vale', false),
]

export function personOf(sub: string | undefined): Somebody | undefined {
  return people.find(person => person.sub === sub)
}

function somebody(sub: string, given_name: string, family_name: string, email_verified: boolean): Somebody {
  const email = `${given_name.toLowerCase()}@upstream.example`
  return { sub, name: `${given_name} ${family_name}`, given_name, family_name, email, email_verified }
}
