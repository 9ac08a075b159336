//! Extended JSON as MongoDB writes it, made plain: ids and times become texts, numbers become numbers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Without any `$oid`, `$date`, `$numberInt`, `$numberLong`, `$numberDouble`, `$numberDecimal`, `$uuid`; a `$binary` that is a
/// UUID becomes one. What else begins with `$` stays as it is.
pub(crate) fn plain(value: Value) -> Result<Value, String> {
    match value {
        Value::Array(items) => items.into_iter().map(plain).collect::<Result<_, _>>().map(Value::Array),
        Value::Object(fields) if fields.len() == 1 => match fields.iter().next() {
            Some((name, held)) if name.starts_with('$') => match special(name, held)? {
                Some(plain) => Ok(plain),
                None => Ok(Value::Object(fields)),
            },
            _ => object(fields),
        },
        Value::Object(fields) => object(fields),
        other => Ok(other),
    }
}

fn object(fields: Map<String, Value>) -> Result<Value, String> {
    let plain = fields.into_iter().map(|(name, value)| Ok((name, plain(value)?)));
    plain.collect::<Result<_, String>>().map(Value::Object)
}

fn special(name: &str, held: &Value) -> Result<Option<Value>, String> {
    let wrong = || format!("{name} must not hold {held}");
    match name {
        "$oid" | "$uuid" | "$symbol" => held.as_str().map(|text| Some(text.into())).ok_or_else(wrong),
        "$numberInt" | "$numberLong" => {
            let number = held.as_str().and_then(|text| text.parse::<i64>().ok());
            number.map(|number| Some(number.into())).ok_or_else(wrong)
        }
        "$numberDouble" | "$numberDecimal" => {
            let number = held.as_str().and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite());
            number.map(|number| Some(whole(number))).ok_or_else(wrong)
        }
        "$date" => date(held).map(Some).ok_or_else(wrong),
        "$binary" => Ok(uuid(held).map(|id| id.to_string().into())),
        _ => Ok(None),
    }
}

/// Milliseconds as a number, as `$numberLong` or (by old programs) negative; or a text, which is read later.
fn date(held: &Value) -> Option<Value> {
    let millis = match held {
        Value::String(_) => return Some(held.clone()),
        Value::Number(number) => number.as_i64()?,
        Value::Object(fields) => fields.get("$numberLong")?.as_str()?.parse().ok()?,
        _ => return None,
    };
    Some(jiff::Timestamp::from_millisecond(millis).ok()?.to_string().into())
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { (number as i64).into() } else { number.into() }
}

fn uuid(held: &Value) -> Option<Uuid> {
    held["subType"].as_str().filter(|kind| ["03", "04", "3", "4"].contains(kind))?;
    Uuid::from_slice(&STANDARD.decode(held["base64"].as_str()?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_becomes_plain() {
        let at = "2024-05-01T10:00:00Z";
        for (extended, expected) in [
            (json!({"$oid": "65f0"}), json!("65f0")),
            (json!({"$date": at}), json!(at)),
            (json!({"$date": 1_714_557_600_000_i64}), json!(at)),
            (json!({"$date": {"$numberLong": "1714557600000"}}), json!(at)),
            (json!({"$date": {"$numberLong": "-1000"}}), json!("1969-12-31T23:59:59Z")),
            (json!({"$numberInt": "3"}), json!(3)),
            (json!([{"$numberLong": "-7"}]), json!([-7])),
            (json!({"a": {"$numberDouble": "2.0"}, "b": {"$numberDecimal": "0.5"}}), json!({"a": 2, "b": 0.5})),
            (
                json!({"$binary": {"base64": "AAAAAAAAAAAAAAAAAAAABw==", "subType": "04"}}),
                json!("00000000-0000-0000-0000-000000000007"),
            ),
            (json!({"$timestamp": {"t": 1, "i": 2}}), json!({"$timestamp": {"t": 1, "i": 2}})),
        ] {
            assert_eq!(plain(extended.clone()), Ok(expected), "{extended}");
        }
        for wrong in [
            json!({"$oid": 7}),
            json!({"$date": {}}),
            json!({"$date": true}),
            json!({"$numberInt": "x"}),
            json!({"$numberLong": 3}),
        ] {
            assert!(plain(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
