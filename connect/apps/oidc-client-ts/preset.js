// Paste: The code of the application

document.getElementById('sign-out').addEventListener('click', () => users.signoutRedirect())
document.getElementById('known').textContent = JSON.stringify(person)
