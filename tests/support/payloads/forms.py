"""The frame of a payload, in either format, and of the JSON that comes of it."""


def xml(fields: str) -> str:
    return (
        "<xml>\n   <ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>\n"
        f"   <FromUserName><![CDATA[OPENID]]></FromUserName>\n   {fields}\n</xml>"
    )


def json(fields: str) -> str:
    return '{ "ToUserName": "gh_97417a04a28d", "FromUserName": "OPENID", ' + fields + "}"


def received(**fields) -> dict:
    return {"ToUserName": "gh_97417a04a28d", "FromUserName": "OPENID"} | fields
