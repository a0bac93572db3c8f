//! Python's numbers, texts, lists and dictionaries as TOML's, and back.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use toml::{Table, Value};

use crate::errors;

/// Deeper than any scenario; beyond it a list contains itself.
const MAX_DEPTH: usize = 32;

/// A dictionary as a table. A key whose value is `None` is left out.
pub fn table(dict: &Bound<'_, PyDict>) -> PyResult<Table> {
    table_at(dict, "")
}

fn table_at(dict: &Bound<'_, PyDict>, path: &str) -> PyResult<Table> {
    let mut table = Table::new();
    for (key, value) in dict.iter() {
        let Ok(key) = key.extract::<String>() else {
            let place = if path.is_empty() {
                "the scenario"
            } else {
                path
            };
            let found = key.repr()?;
            return Err(errors::input(format!(
                "{place}: keys must be texts, found {found}"
            )));
        };
        let below = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        if !value.is_none() {
            table.insert(key, value_at(&value, &below)?);
        }
    }
    Ok(table)
}

fn value_at(value: &Bound<'_, PyAny>, path: &str) -> PyResult<Value> {
    if path.matches(['.', '[']).count() > MAX_DEPTH {
        return Err(errors::input(format!("{path}: nested too deeply")));
    }
    // A truth is an integer to Python, so it is asked for first.
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Value::Boolean(truth.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        let whole = value.extract::<i64>();
        return whole
            .map(Value::Integer)
            .map_err(|_| errors::input(format!("{path}: {value} is beyond 64 bits")));
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return Ok(Value::Float(number.extract()?));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Value::String(text.extract()?));
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        return table_at(dict, path).map(Value::Table);
    }
    // NumPy's numbers and arrays say what they are in Python's.
    if let Ok(plain) = value.call_method0("tolist")
        && !plain.is(value)
    {
        return value_at(&plain, path);
    }
    let items = value.try_iter().map_err(|_| {
        let kind = value.get_type();
        errors::input(format!(
            "{path}: expected a number, a text, a list or a dict, found {kind}"
        ))
    })?;
    let list = items.enumerate().map(|(index, item)| {
        let below = format!("{path}[{index}]");
        match item? {
            none if none.is_none() => Err(errors::input(format!("{below}: found None"))),
            item => value_at(&item, &below),
        }
    });
    list.collect::<PyResult<_>>().map(Value::Array)
}

/// A table as a dictionary.
pub fn dict<'py>(py: Python<'py>, table: &Table) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in table {
        dict.set_item(key, object(py, value)?)?;
    }
    Ok(dict)
}

fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::String(text) => text.into_bound_py_any(py),
        Value::Integer(number) => number.into_bound_py_any(py),
        Value::Float(number) => number.into_bound_py_any(py),
        Value::Boolean(truth) => truth.into_bound_py_any(py),
        Value::Datetime(date) => date.to_string().into_bound_py_any(py),
        Value::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| object(py, item))
                .collect::<PyResult<_>>()?;
            Ok(PyList::new(py, items)?.into_any())
        }
        Value::Table(table) => Ok(dict(py, table)?.into_any()),
    }
}
