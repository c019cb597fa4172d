import { getServerSession } from 'next-auth/next'
import { options } from '../../options.js'

export default async function known(request, response) {
  const session = await getServerSession(request, response, options)
  response.json({ email: session?.user?.email, roles: session?.roles })
}
