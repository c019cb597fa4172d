from flask import Flask, jsonify

app = Flask(__name__)
app.secret_key = "of this application alone"

# Paste: The code of the application


@app.route("/")
def home():
    return jsonify(session.get("person", {}))


@app.route("/menu")
def menu():
    return '<form method="post" action="/sign-out"><button>Leave</button></form>'
