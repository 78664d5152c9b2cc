//! The host's own behaviour, and the product's functions on it.
//!
//! `make host` runs it: it needs the functions as `make build` leaves them, and DynamoDB Local.
#![cfg(test)]

mod aws_clients;
mod scripted;
mod stack;
mod wechat;

mod api_gateway;
mod asynchronous;
mod points;
mod product;
mod queues;
mod runtime;
mod secrets;
